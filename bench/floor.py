"""The yardsticks on the bare database: pgbench with the classic statements, and with the product's own.

One script goes through all tenants in turn, a transaction in each, so that it is known which stays there are to end.
"""

import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bench import classic
from bench.yard import CURRENCY, HOURLY_MINOR, STAYED, VEHICLE_TYPE, Lot, Yard

CLIENTS = 8
_TPS = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_BASE = 2 * HOURLY_MINOR
_TAX = _BASE * 18 // 100

# What a client sends as text; of the size that the product's own events have.
_TEXTS = {
    "data": '{"entryId": "0198f000-0000-7000-8000-000000000000", "tenantId": "0198f000-0000-7000-8000-000000000000", '
    '"locationId": "0198f000-0000-7000-8000-000000000000", "vehicleNumber": "FL 12345678", "vehicleType": "car", '
    '"entryTime": "2026-03-01T08:30:00.123456Z", "allowedUntil": "2026-03-02T08:30:00.123456Z", '
    '"expectedExitTime": null}',
    "metadata": '{"source": "parking/user", "correlationId": "0198f000-0000-7000-8000-000000000000", '
    '"causationId": null, "actorId": "0198f000-0000-7000-8000-000000000000", "actorName": "Gate Operator"}',
    "lines": '[{"code": "hourly", "description": "2 hours", "quantity": 2, "unit_amount": 2000, "amount": 4000}, '
    '{"code": "tax", "description": "Tax 18%", "quantity": 1, "unit_amount": 720, "amount": 720}]',
}

# What a statement of the exit has found goes before what is known from the start.
_AS_FOUND = {
    "id": ":id::uuid",
    "stay_id": ":id::uuid",
    "location": ":location_id::uuid",
    "location_id": ":location_id::uuid",
    "type": ":vehicle_type",
    "vehicle_type": ":vehicle_type",
    "entered": ":entry_time::timestamptz",
    "entry_at": ":entry_time::timestamptz",
    "seen": ":version",
    "event": "('f' || lpad(to_hex(:n::bigint), 31, '0'))::uuid",
}


@dataclass(frozen=True)
class Floor:
    """What pgbench reached: transactions a second, how many, and its own CPU in seconds."""

    per_second: float
    transactions: int
    cpu_seconds: float


def entry_script(lots: Sequence[Lot], body: Sequence[str], *, prefix: str) -> str:
    """A vehicle comes in at each tenant in turn; `prefix` begins its plate, of letters and digits alone."""
    return _script(lots, body, prefix, {})


def exit_script(lots: Sequence[Lot], body: Sequence[str], *, prefix: str) -> str:
    """The vehicles of a run of `entry_script` with the same prefix and number leave, as the transaction finds them."""
    return _script(lots, body, prefix, _AS_FOUND)


def run_pgbench(yard: Yard, script: str, *, run: int, transactions: int, tenants: int) -> Floor:
    """Run a script with 8 clients until about this many transactions are done. Raises RuntimeError when one fails."""
    each = max(transactions // (CLIENTS * tenants), 1)
    address = urlsplit(yard.environment["DATABASE_URL"])
    environment = {
        **os.environ,
        "PGHOST": str(address.hostname),
        "PGPORT": str(address.port),
        "PGUSER": unquote(address.username or ""),
        "PGPASSWORD": unquote(address.password or ""),
        "PGDATABASE": address.path.lstrip("/"),
        "PGOPTIONS": "-c search_path=pg_catalog",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        texts = [f"--define={name}={text}" for name, text in {**_TEXTS, "run": str(run), "k": "0"}.items()]
        command = [_pgbench(), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-t", str(each), "-f", file.name]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*command, *texts], env=environment, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _TPS.search(done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Floor(float(found[1]) * tenants, each * CLIENTS * tenants, cpu)


def _script(lots: Sequence[Lot], body: Sequence[str], prefix: str, found: dict[str, str]) -> str:
    transactions = [_transaction(lot, number, body, prefix, found) for number, lot in enumerate(lots)]
    return "\\set k :k + 1\n" + "".join(transactions)


def _transaction(lot: Lot, number: int, body: Sequence[str], prefix: str, found: dict[str, str]) -> str:
    values = {**_values(lot, prefix), **found}
    lines = [
        f"\\set n ((:run * 100000 + :k) * 16 + :client_id) * 16 + {number}",
        f"\\set s random(1, {len(lot.sites)})",
    ]
    for statement in body:
        sql = _PLACEHOLDER.sub(lambda name: values[name[1]], statement.replace("{schema}", lot.schema).strip())
        lines.append(sql + (" \\gset" if _gives_row(statement) else ";"))
    return "\n".join(lines) + "\n"


def _gives_row(statement: str) -> bool:
    """Whether later statements need what this one finds. A plate that is parked already is not found."""
    begun = statement.split()[0]
    return statement != classic.FIND_PARKED and (begun == "SELECT" or (begun != "WITH" and "RETURNING" in statement))


def _values(lot: Lot, prefix: str) -> dict[str, str]:
    """Each parameter as an expression of pgbench's variables."""
    places = ",".join(f"'{site.location_id}'" for site in lot.sites)
    plate = f"('{prefix}' || :n::bigint::text)"
    return {
        "id": "lpad(to_hex(:n::bigint), 32, '0')::uuid",
        "event": "('e' || lpad(to_hex(:n::bigint), 31, '0'))::uuid",
        "location": f"(ARRAY[{places}]::uuid[])[:s::int]",
        "tenant": f"'{lot.tenant_id}'::uuid",
        "plate": plate,
        "plate_key": plate,
        "key": plate,
        "type": f"'{VEHICLE_TYPE}'",
        "vehicle_type": f"'{VEHICLE_TYPE}'",
        "stay_id": "lpad(to_hex(:n::bigint), 32, '0')::uuid",
        "config_version": str(lot.sites[0].config_version),
        "driver": "'A. Driver'",
        "phone": "''",
        "notes": "''",
        "source": "'desktop'",
        "expected": "NULL::timestamptz",
        "event_id": "NULL::text",
        "transport": "'Northern Haulage'",
        "gate": f"'{lot.sites[0].gate_id}'::uuid",
        "operator": f"'{lot.user_id}'::uuid",
        "now": "now()",
        "at": "now()",
        "exit": "now()",
        "was_overstay": "false",
        "entered": f"now() - interval '{STAYED.seconds // 60} minutes'",
        "until": "now() + interval '1 day'",
        "occupancy": ":occupancy",
        "data": ":data",
        "metadata": ":metadata",
        "lines": ":lines",
        "currency": f"'{CURRENCY}'",
        "minutes": str(STAYED.seconds // 60),
        "base": str(_BASE),
        "penalty": "0",
        "tax": str(_TAX),
        "total": str(_BASE + _TAX),
        "tax_rate": "18",
        "duration_minutes": str(STAYED.seconds // 60),
        "discount": "0",
        "paid": "0",
        "unpriced_reason": "''",
        "plan_hash": f"'{'0' * 64}'",
        "ended_at": "now()",
        "allowed_until": "now() + interval '1 day'",
        "priced_from": "'{}'",
        "revision": "0",
        "permits_seen": "false",
        "version": ":version",
        "rate_row_id": f"'{lot.rate_row_id}'::uuid",
        "rate_id": f"'{lot.rate_id}'::uuid",
        "rate_version": "1",
    }


def _pgbench() -> str:
    from config.launcher.postgres import program

    return str(Path(program("pgbench")))
