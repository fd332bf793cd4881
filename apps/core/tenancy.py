"""The one way into a tenant, for requests, sockets, tasks, handlers and commands.

The tenant lives in a ContextVar, which asyncio tasks and asgiref's threads inherit; our database backend
(`apps.core.db`) reads it before each query. With nothing entered the search path is `pg_catalog`, so that
a query fails instead of reading another tenant's rows or those of `public`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import ParamSpec, Protocol, TypeVar
from uuid import UUID

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection

PUBLIC_SCHEMA = "public"
SCHEMA_NAME = re.compile(r"t_[a-z0-9]{8,40}")

P = ParamSpec("P")
R = TypeVar("R")


class TenantStatus(StrEnum):
    """Where a tenant is in its life. A suspended one is read and not written; to a closed one nobody signs in."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class TenantRef(msgspec.Struct, frozen=True, kw_only=True):
    """What the code needs to know of a tenant, cheap enough to cache.

    `limits` are what its plan allows, by name; what is not among them has no limit. `stripe_account` is the account
    that it is paid into online, if it has one of its own.
    """

    id: UUID
    slug: str
    name: str
    schema: str
    currency: str
    timezone: str
    status: TenantStatus = TenantStatus.ACTIVE
    limits: dict[str, int] = {}
    stripe_account: str = ""

    def __hash__(self) -> int:
        return hash(self.id)  # a dict has no hash of its own, and tenants are keys of dicts


class NoTenant(RuntimeError):
    """Something asked for the tenant outside of one: a bug in an edge, never a user's mistake."""


class TenantSwitchInTransaction(RuntimeError):
    """A transaction belongs to one schema; leave it before entering another tenant."""


class Scope(msgspec.Struct, frozen=True):
    """Where queries go: a search path, and the tenant that it stands for, if any."""

    search_path: tuple[str, ...]
    tenant: TenantRef | None = None


NOWHERE = Scope(("pg_catalog",))
_PUBLIC = Scope((PUBLIC_SCHEMA,))
_scope: ContextVar[Scope] = ContextVar("tenancy_scope", default=NOWHERE)


def scope() -> Scope:
    """What is entered now, for the database backend."""
    return _scope.get()


def current() -> TenantRef:
    """The tenant that is entered. Raises NoTenant where there is none."""
    tenant = _scope.get().tenant
    if tenant is None:
        raise NoTenant("no tenant is entered here: enter one by apps.core.tenancy.enter()")
    return tenant


def find_current() -> TenantRef | None:
    """The tenant that is entered, or None."""
    return _scope.get().tenant


@contextmanager
def enter(tenant: TenantRef) -> Iterator[TenantRef]:
    """Work in a tenant's schema. Raises TenantSwitchInTransaction inside another one's transaction."""
    if not SCHEMA_NAME.fullmatch(tenant.schema):
        raise ValueError(f"{tenant.schema!r} is not a schema name of ours")
    with _entered(Scope((tenant.schema, PUBLIC_SCHEMA), tenant)):
        yield tenant


@contextmanager
def public() -> Iterator[None]:
    """Work on what all tenants share: tenants, users, memberships, sessions, the outbox."""
    with _entered(_PUBLIC):
        yield


@contextmanager
def schema_alone(schema: str) -> Iterator[None]:
    """Only this schema, without `public` behind it: for making its migration table."""
    with _entered(Scope((schema,))):
        yield


@contextmanager
def schema_and_public(schema: str) -> Iterator[None]:
    """A schema that is still being made, and so stands for no tenant yet: for its migrations."""
    with _entered(Scope((schema, PUBLIC_SCHEMA))):
        yield


@contextmanager
def _entered(wanted: Scope) -> Iterator[None]:
    before = _scope.get()
    if before.search_path != wanted.search_path:
        _refuse_inside_transaction()
    _scope.set(wanted)
    try:
        yield
    finally:
        # not reset(token): a generator-based fixture or an async view may leave in another context
        _scope.set(before)


def in_transaction() -> bool:
    """Whether a transaction is open; the one that a test is rolled back by does not count."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _refuse_inside_transaction() -> None:
    if in_transaction():
        raise TenantSwitchInTransaction("leave the transaction before entering another tenant")


async def in_thread(func: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run database code from async code, in the tenant that the caller has entered."""
    return await sync_to_async(_with_connections_closed)(func, *args, **kwargs)


def _with_connections_closed(func: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return func(*args, **kwargs)
    finally:
        if not connection.in_atomic_block:
            connection.close()  # back to the pool: a socket's thread must not keep it


class Directory(Protocol):
    """How the kernel finds a tenant; `apps.auth` keeps them and fills this in at start-up."""

    def by_id(self, tenant_id: UUID) -> TenantRef | None: ...
    def by_schema(self, schema: str) -> TenantRef | None: ...
    def by_slug(self, slug: str) -> TenantRef | None: ...
    def by_host(self, host: str) -> TenantRef | None: ...
    def all(self) -> list[TenantRef]: ...


_directory: Directory | None = None


def set_directory(directory: Directory) -> None:
    """Fill the port, once, from `apps.auth`."""
    global _directory
    _directory = directory


def directory() -> Directory:
    """The tenants of this installation. Raises NoTenant before start-up has filled it in."""
    if _directory is None:
        raise NoTenant("the tenant directory is filled in by apps.auth at start-up")
    return _directory
