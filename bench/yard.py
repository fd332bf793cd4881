"""The scene of a measurement: a fresh database with tenants, sites, rates and users, made by the platform's commands.

Made on the PostgreSQL that DATABASE_OWNER_URL names, and dropped afterwards. Whoever uses this module has set
nothing up before: it brings Django up on the new database.
"""

import http.client
import io
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.load import LOOPBACK

if TYPE_CHECKING:
    from apps.billing.models import RateStructure
    from apps.core.tenancy import TenantRef

PASSWORD = secrets.token_urlsafe(16)
CURRENCY, VEHICLE_TYPE, HOURLY_MINOR, TAX_PERCENT = "INR", "car", 2_000, Decimal(18)
STAYED = timedelta(minutes=95)
"""How long ago the measured vehicles came in: so an exit costs two started hours."""


@dataclass(frozen=True)
class Site:
    """A location with its gate."""

    location_id: str
    gate_id: str
    config_version: int


@dataclass(frozen=True)
class Lot:
    """A tenant as a client knows it; `user_id` is its operator's."""

    tenant_id: str
    schema: str
    host: str
    email: str
    user_id: str
    rate_id: str
    rate_row_id: str
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Yard:
    """The database with its tenants. `environment` is that of the platform's processes in production."""

    lots: tuple[Lot, ...]
    environment: dict[str, str]

    def sign_in(self, port: int) -> dict[str, str]:
        """Access tokens of the tenants' operators by schema, got by POST auth/login from a server on this port."""
        return {lot.schema: _login(lot, port) for lot in self.lots}

    def read_keys(self, port: int) -> str:
        """The public keys of access tokens, a JWKS, got by GET .well-known/jwks.json from a server on this port."""
        status, text = _send(self.lots[0], port, "GET", "/.well-known/jwks.json")
        if status != 200:
            raise RuntimeError(f"no keys to verify tokens by: {status} {text[:500]!r}")
        return text.decode()

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A session of the owner in another database, so that it does not count where queries are counted."""
        return psycopg.connect(_with_database(os.environ["DATABASE_OWNER_URL"], "postgres"), autocommit=True)

    def connect_inside(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A session of the owner in the measured database."""
        return psycopg.connect(self.environment["DATABASE_OWNER_URL"], autocommit=True)


@contextmanager
def fresh_yard(*, tenants: int, sites: int) -> Iterator[Yard]:
    """A new database with this many tenants, each with this many locations, a rate and an operator."""
    with fresh_database(PARKING_PROCESS="web") as environment:
        yield Yard(tuple(_fill(environment, tenants=tenants, sites=sites)), environment)


@contextmanager
def fresh_database(**special: str) -> Iterator[dict[str, str]]:
    """A new and empty database; the environment of the platform's processes in production on it."""
    name = f"bench_{os.getpid()}_{secrets.token_hex(3)}"
    owner = os.environ["DATABASE_OWNER_URL"]
    environment = {
        **os.environ,
        "DATABASE_OWNER_URL": _with_database(owner, name),
        "DATABASE_URL": _with_database(os.environ["DATABASE_URL"], name),
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": ".localhost",
        "TRUSTED_PROXIES": "127.0.0.1/32",  # who says by X-Forwarded-Proto that TLS ended before it
        "API_REQUESTS_PER_SENDER": "99999999",  # counted, as in production, and never reached
        "API_REQUESTS_PER_TENANT": "99999999",
        "PARKING_DEMO": "0",
        **special,
    }
    with psycopg.connect(_with_database(owner, "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield environment
        finally:
            _drop(admin, name)


def _fill(environment: dict[str, str], *, tenants: int, sites: int) -> list[Lot]:
    os.environ.update(environment, DATABASE_URL=environment["DATABASE_OWNER_URL"])
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, stdout=io.StringIO())
    return [_make_lot(f"lot{number}", sites=sites) for number in range(tenants)]


def _make_lot(slug: str, *, sites: int) -> Lot:
    from apps.auth.commands.tenants import create_tenant
    from apps.auth.models import Membership, User
    from apps.auth.roles import Role
    from apps.core import tenancy

    host, email = f"{slug}.localhost", f"operator@{slug}.example"
    tenant = create_tenant(slug=slug, name=slug.title(), host=host, currency=CURRENCY, timezone="Asia/Kolkata")
    with tenancy.public():
        user = User.objects.create_user(email, PASSWORD, full_name="Gate Operator")
        Membership.objects.create(user=user, tenant_id=tenant.id, role=Role.OPERATOR)
    with tenancy.enter(tenant):
        places = tuple(_make_site(number) for number in range(sites))
        rate = _make_rate(tenant)
    return Lot(
        tenant_id=str(tenant.id),
        schema=tenant.schema,
        host=host,
        email=email,
        user_id=str(user.id),
        rate_id=str(rate.rate_id),
        rate_row_id=str(rate.id),
        sites=places,
    )


def _make_site(number: int) -> Site:
    from apps.core import clock
    from apps.core.actor import SYSTEM
    from apps.parking.commands import LocationDetails, add_gate, create_location
    from apps.parking.site_facts import get_site_facts

    details = LocationDetails(name=f"Yard {number}", capacity=50_000)
    location = create_location(details=details, at=clock.now(), actor=SYSTEM)
    gate = add_gate(location_id=location.id, name="North", direction="both")
    return Site(str(location.id), str(gate.id), get_site_facts(location.id, fresh=True).config_version)


def _make_rate(tenant: "TenantRef") -> "RateStructure":
    from apps.billing.public import NewRates, Plan, create_rates
    from apps.core import clock
    from apps.core.actor import SYSTEM

    now = clock.now()
    plan = Plan(currency=tenant.currency, hourly=HOURLY_MINOR, daily=10_000, tax_rate=TAX_PERCENT)
    rates = NewRates(vehicle_type=VEHICLE_TYPE, plan=plan, effective_at=now - timedelta(days=30))
    return create_rates(rates=rates, actor=SYSTEM, at=now)


def _drop(admin: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    from django.db import connection

    connection.close()
    for patience in reversed(range(60)):  # sessions take a moment to end, and autovacuum to be told
        try:
            admin.execute(f"DROP DATABASE {name}")
            return
        except psycopg.errors.ObjectInUse:
            if not patience:
                raise
            time.sleep(0.5)


def _login(lot: Lot, port: int) -> str:
    body = json.dumps({"email": lot.email, "password": PASSWORD})
    status, text = _send(lot, port, "POST", "/api/v1/auth/login", body)
    if status != 200:
        raise RuntimeError(f"{lot.email} cannot sign in: {status} {text[:500]!r}")
    return str(json.loads(text)["accessToken"])


def _send(lot: Lot, port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    link = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    headers = {"Host": lot.host, "Content-Type": "application/json", "X-Forwarded-Proto": "https"}
    link.request(method, path, body, headers)
    answer = link.getresponse()
    text = answer.read()
    link.close()
    return answer.status, text


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
