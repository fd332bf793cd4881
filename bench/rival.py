"""The yardstick service: FastAPI with asyncpg, doing the gate's classic statements in a transaction.

What a good engineer would write without Django: pydantic models, the token verified once and remembered, prepared
statements on a pool. It leaves out what the product also does: the session check, correlation ids, an access log,
metrics, live hints, idempotency, opening hours, permissions. Run by `bench/gate.py`, which gives it its tenants in
RIVAL_LOTS and the product's public keys (a JWKS) in RIVAL_KEYS; DATABASE_URL is the product's.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

from apps.billing.tariff import Plan, Stay, price
from bench import classic
from bench.numbered import numbered

SCHEMAS: dict[str, str] = json.loads(os.environ["RIVAL_LOTS"])
KEYS = jwt.PyJWKSet.from_json(os.environ["RIVAL_KEYS"])
pool: "asyncpg.Pool[asyncpg.Record]"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global pool
    sessions = int(os.environ["RIVAL_SESSIONS"])
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=sessions, max_size=sessions, statement_cache_size=1000
    )
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class NewEntry(Wire):
    vehicle_number: Annotated[str, Field(min_length=1, max_length=32)]
    vehicle_type: str
    location_id: UUID
    gate_id: UUID | None = None
    driver_name: Annotated[str, Field(max_length=200)] | None = None
    transport_name: Annotated[str, Field(max_length=200)] | None = None
    source: str = "api"
    entry_time: AwareDatetime | None = None


class Entry(Wire):
    id: UUID
    tenant_id: UUID
    location_id: UUID
    vehicle_number: str
    vehicle_type: str
    driver_name: str | None = None
    transport_name: str | None = None
    entry_time: datetime
    allowed_until: datetime
    exit_time: datetime | None = None
    status: str


class NewExit(Wire):
    vehicle_number: str
    gate_id: UUID | None = None


class FeeLine(Wire):
    code: str
    description: str
    quantity: int
    unit_amount: Decimal
    amount: Decimal


class Exit(Wire):
    entry: Entry
    duration_minutes: int
    total_amount: Decimal
    currency: str
    lines: list[FeeLine]


class Caller(BaseModel):
    user_id: UUID
    tenant_id: UUID
    name: str
    expires_at: int


@lru_cache(maxsize=10_000)
def verified(token: str) -> Caller:
    key = KEYS[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], issuer="parking")
    return Caller(user_id=claims["sub"], tenant_id=claims["tid"], name=claims["name"], expires_at=claims["exp"])


async def caller(authorization: Annotated[str, Header()]) -> Caller:
    try:
        found = verified(authorization.removeprefix("Bearer "))
    except (jwt.PyJWTError, KeyError) as error:
        raise HTTPException(401) from error
    if found.expires_at <= datetime.now(UTC).timestamp():
        raise HTTPException(401)
    return found


async def fetch(session: Any, statement: str, schema: str, values: dict[str, Any]) -> Any:
    text, names = numbered(statement, schema)
    return await session.fetchrow(text, *[values[name] for name in names])


@app.post("/entries", status_code=201)
async def record_entry(body: NewEntry, who: Annotated[Caller, Depends(caller)]) -> Entry:
    schema, now, entry_id = SCHEMAS[str(who.tenant_id)], datetime.now(UTC), uuid7()
    entered = body.entry_time or now
    entry = Entry(
        id=entry_id,
        tenant_id=who.tenant_id,
        allowed_until=entered + timedelta(days=1),
        status="parked",
        **{**body.model_dump(exclude={"gate_id", "source"}), "entry_time": entered},
    )
    values = {
        "id": entry_id,
        "location": body.location_id,
        "tenant": who.tenant_id,
        "plate": body.vehicle_number,
        "plate_key": key_of(body.vehicle_number),
        "type": body.vehicle_type,
        "driver": body.driver_name or "",
        "transport": body.transport_name or "",
        "gate": body.gate_id,
        "operator": who.user_id,
        "entered": entered,
        "now": now,
        "until": entry.allowed_until,
        "event": uuid7(),
        "data": entry.model_dump_json(by_alias=True),
        "metadata": metadata(who),
    }
    async with pool.acquire() as session, session.transaction():
        if await fetch(session, classic.FIND_PARKED, schema, values):
            raise HTTPException(409, "already_parked")
        await fetch(session, classic.INSERT_STAY, schema, values)
        place = await fetch(session, classic.TAKE_PLACE, schema, values)
        if place is None:
            raise HTTPException(409, "location_full")
        values["occupancy"] = place["occupancy"]
        await fetch(session, classic.INSERT_DEADLINE, schema, values)
        await fetch(session, classic.INSERT_ENTERED, schema, values)
    return entry


@app.post("/exits", status_code=201)
async def record_exit(body: NewExit, who: Annotated[Caller, Depends(caller)]) -> Exit:
    schema, now = SCHEMAS[str(who.tenant_id)], datetime.now(UTC)
    values: dict[str, Any] = {"plate_key": key_of(body.vehicle_number), "now": now, "event": uuid7()}
    values |= {"operator": who.user_id, "gate": body.gate_id, "metadata": metadata(who)}
    async with pool.acquire() as session, session.transaction():
        stay = await fetch(session, classic.FIND_STAY, schema, values)
        if stay is None:
            raise HTTPException(404, "not_parked")
        values |= {"id": stay["id"], "location": stay["location_id"], "type": stay["vehicle_type"]}
        values |= {"entered": stay["entry_time"], "version": stay["version"]}
        rate = await fetch(session, classic.FIND_RATE, schema, values)
        fee = price(plan_of(rate), Stay(entry_at=stay["entry_time"], exit_at=now, allowed_until=stay["allowed_until"]))
        if await fetch(session, classic.END_STAY + " RETURNING id", schema, values) is None:
            raise HTTPException(409, "stay_changed")
        values["occupancy"] = (await fetch(session, classic.FREE_PLACE, schema, values))["occupancy"]
        await fetch(session, classic.DELETE_DEADLINE, schema, values)
        lines = [line_of(line) for line in fee.lines]
        left = Exit(
            entry=Entry(
                id=stay["id"],
                tenant_id=who.tenant_id,
                location_id=stay["location_id"],
                vehicle_number=stay["vehicle_number"],
                vehicle_type=stay["vehicle_type"],
                entry_time=stay["entry_time"],
                allowed_until=stay["allowed_until"],
                exit_time=now,
                status="exited",
            ),
            duration_minutes=fee.duration_minutes,
            total_amount=Decimal(fee.total) / 100,
            currency=fee.currency,
            lines=lines,
        )
        values |= {"minutes": fee.duration_minutes, "currency": fee.currency, "base": fee.base, "tax": fee.tax}
        values |= {"penalty": fee.penalty, "total": fee.total, "tax_rate": fee.tax_rate, "rate_id": rate["rate_id"]}
        values |= {"rate_version": rate["rate_version"], "lines": f"[{','.join(n.model_dump_json() for n in lines)}]"}
        await fetch(session, classic.INSERT_FEE, schema, values)
        values["data"] = left.model_dump_json(by_alias=True, exclude={"lines"})
        await fetch(session, classic.INSERT_EXITED, schema, values)
    return left


def key_of(plate: str) -> str:
    return plate.upper().replace(" ", "").replace("-", "")


def metadata(who: Caller) -> str:
    told = {"source": "parking/user", "correlationId": str(uuid7()), "causationId": None}
    return json.dumps({**told, "actorId": str(who.user_id), "actorName": who.name})


def plan_of(rate: Any) -> Plan:
    return remembered_plan(*[rate[name] for name in _TERMS])


_PRICES = ("currency", "hourly", "daily", "weekly", "monthly")
_TERMS = (*_PRICES, "grace_period_minutes", "overstay_multiplier", "tax_rate", "tax_inclusive")


@lru_cache(maxsize=1000)
def remembered_plan(currency: str, hourly: int, daily: int, weekly: int, monthly: int, *rest: Any) -> Plan:
    grace, multiplier, tax_rate, inclusive = rest
    return Plan(
        currency=currency,
        hourly=hourly,
        daily=daily,
        weekly=weekly,
        monthly=monthly,
        grace_minutes=grace,
        overstay_multiplier=multiplier,
        tax_rate=tax_rate,
        tax_inclusive=inclusive,
    )


def line_of(line: Any) -> FeeLine:
    return FeeLine(
        code=line.code,
        description=line.description,
        quantity=line.quantity,
        unit_amount=Decimal(line.unit_amount) / 100,
        amount=Decimal(line.amount) / 100,
    )
