"""Writing what was done, in the transaction of the change that it tells of."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.correlation import correlation_id
from apps.core.ids import new_id
from apps.core.masking import MASK, is_secret

from .origin import Origin, acting, origin
from .rows import Outcome

_COLUMNS = (
    "id, action, outcome, code, times, subject_type, subject_id, actor_kind, actor_id, actor_name, session_id, "
    "support_id, address, client, correlation_id, before, after"
)
_PLATFORM = "public.core_shared_platformaudit"

Fields = Mapping[str, Any]


class Subject(NamedTuple):
    """What was acted upon: a kind of thing, and its id or, where names are ids, its name."""

    type: str
    id: object


def record(
    action: str,
    subject: Subject,
    *,
    actor: Actor | None = None,
    tenant_id: UUID | None = None,
    before: Fields | None = None,
    after: Fields | None = None,
) -> None:
    """Write that something was done, in the open transaction; without an actor by whoever sends the request.

    It goes into the trail of the tenant named, else of the one that is entered, else of the platform. Of `before` and
    `after` only the fields that differ are kept; where nothing does, nothing is written.
    """
    if before is not None and after is not None:
        before, after = _different(before, after)
        if not before and not after:
            return
    write(
        Outcome.DONE, action, subject, actor=actor or acting(), came_from=origin(), table=_table(tenant_id),
        before=before, after=after,
    )  # fmt: skip


def record_for_platform(action: str, subject: Subject, *, actor: Actor, after: Fields) -> None:
    """Write into the platform's trail what a tenant's has as well, for it concerns both."""
    write(Outcome.DONE, action, subject, actor=actor, came_from=origin(), table=_PLATFORM, after=after)


def record_read(action: str, subject: Subject, *, actor: Actor, after: Fields | None = None) -> None:
    """Write that something was read whose reading leaves a trace; `after` says how much."""
    write(Outcome.READ, action, subject, actor=actor, came_from=origin(), table=_table(None), after=after)


def write(
    outcome: Outcome,
    action: str,
    subject: Subject,
    *,
    actor: Actor,
    came_from: Origin,
    table: str,
    before: Fields | None = None,
    after: Fields | None = None,
    code: str = "",
    times: int = 1,
) -> None:
    """Insert one row into `table` (`tenants_table`, `platforms_table`)."""
    values: list[Any] = [
        new_id(), action, outcome.value, code, times, subject.type, str(subject.id), actor.kind.value, actor.id,
        actor.name, actor.session_id, actor.support_id, came_from.address, came_from.client, correlation_id(),
        _json(before), _json(after),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(values))})", values)


def tenants_table(schema: str) -> str:
    """The trail of the tenant with this schema, to be written from wherever one is. Raises ValueError."""
    if not tenancy.SCHEMA_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} is not a schema name of ours")
    return f'"{schema}".core_auditentry'


def platforms_table() -> str:
    """The platform's own trail."""
    return _PLATFORM


def _table(tenant_id: UUID | None) -> str:
    entered = tenancy.find_current()
    if entered is not None and tenant_id in (None, entered.id):
        return tenants_table(entered.schema)
    if tenant_id is None:
        return _PLATFORM
    named = tenancy.directory().by_id(tenant_id)
    return tenants_table(named.schema) if named is not None else _PLATFORM  # one that is being made has no trail yet


def _different(before: Fields, after: Fields) -> tuple[Fields, Fields]:
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before[n] for n in changed if n in before}, {n: after[n] for n in changed if n in after}


def _json(fields: Fields | None) -> str | None:
    if fields is None:
        return None
    kept = {name: MASK if is_secret(name) else fields[name] for name in sorted(fields)}
    return msgspec.json.encode(kept, enc_hook=str).decode()
