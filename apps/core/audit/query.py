"""Who did what: the tenant's events and its audit rows as one list, the newest first.

Both have UUIDv7 ids, which rise with the time of recording: so the list is read from two primary-key indexes, and its
cursor and its period are ids.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

PAGE = 1000
_LAST = UUID(int=2**128 - 1)
_COLUMNS = (
    "id, at, action, outcome, code, times, subject_type, subject_id, actor_kind, actor_id, actor_name, session_id, "
    "support_id, address, client, correlation_id, before, after"
)
_ROWS = """
SELECT id, recorded_at AS at, action, outcome, code, times, subject_type, subject_id, actor_kind, actor_id, actor_name,
    session_id, support_id, address, client, correlation_id, before::text, after::text
FROM core_auditentry WHERE {filters} ORDER BY id DESC LIMIT %(limit)s
"""
# Where an event was made from is told by the sign-in, whose audit row has the address (session_id).
_EVENTS = """
SELECT id, occurred_at, type, 'done', '', 1, aggregate_type, aggregate_id::text,
    split_part(coalesce(metadata ->> 'source', ''), '/', 2), (metadata ->> 'actorId')::uuid,
    coalesce(metadata ->> 'actorName', ''), (metadata ->> 'sessionId')::uuid, (metadata ->> 'supportId')::uuid, '', '',
    coalesce(metadata ->> 'correlationId', ''), NULL, data::text
FROM core_event WHERE {filters} ORDER BY id DESC LIMIT %(limit)s
"""
_BOTH = f"SELECT {_COLUMNS} FROM (({_ROWS}) UNION ALL ({_EVENTS})) told ORDER BY id DESC LIMIT %(limit)s"


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to find; all that is given must hold.

    `actor` is an id of a user or key, `action` a whole name of an action or event, `subject` what was acted upon,
    `since` and `until` a half-open period of recording (aware).
    """

    actor: UUID | None = None
    action: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    refused: bool | None = None


class AuditAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One deed or attempt. `at` is UTC; `before` and `after` are the fields that differ, of an event its data."""

    id: UUID
    at: datetime
    action: str
    outcome: str
    code: str
    times: int
    subject_type: str
    subject_id: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    session_id: UUID | None
    support_id: UUID | None
    address: str
    client: str
    correlation_id: str
    before: Any
    after: Any


def read_audit(*, wanted: AuditFilter, before: UUID | None = None, limit: int) -> list[AuditAnswer]:
    """At most so many answers of the current tenant, the newest first, all older than the id `before`."""
    rows, events, parameters = _filters(wanted, before)
    sql = _BOTH.replace("{filters}", rows, 1).replace("{filters}", events, 1)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters | {"limit": limit})
        return [_answer(row) for row in cursor.fetchall()]


def read_all_audit(*, wanted: AuditFilter) -> Iterator[Sequence[AuditAnswer]]:
    """All of it, page by page, for an export."""
    last: UUID | None = None
    while page := read_audit(wanted=wanted, before=last, limit=PAGE):
        yield page
        last = page[-1].id


def _filters(wanted: AuditFilter, before: UUID | None) -> tuple[str, str, dict[str, Any]]:
    upper = min(before or _LAST, _first_id(wanted.until) if wanted.until else _LAST)
    parameters: dict[str, Any] = {"upper": upper}
    rows, events = ["id < %(upper)s"], ["id < %(upper)s"]
    if wanted.since is not None:
        parameters["lower"] = _first_id(wanted.since)
        rows.append("id >= %(lower)s")
        events.append("id >= %(lower)s")
    for name, column, of_event in (
        ("actor", "actor_id", "metadata ->> 'actorId' = %(actor)s::text"),
        ("action", "action", "type = %(action)s"),
        ("subject", "subject_id", _is_subject(wanted.subject)),
        ("correlation_id", "correlation_id", "metadata ->> 'correlationId' = %(correlation_id)s"),
    ):
        if (value := getattr(wanted, name)) is not None:
            parameters[name] = value
            rows.append(f"{column} = %({name})s")
            events.append(of_event)
    if wanted.refused is not None:
        rows.append(f"outcome {'=' if wanted.refused else '<>'} 'refused'")
        events.append("NOT %(refused)s")
        parameters["refused"] = wanted.refused
    return " AND ".join(rows), " AND ".join(events), parameters


def _is_subject(subject: str | None) -> str:
    """By the index of aggregates where it is an id; what is none is no event's subject."""
    try:
        UUID(subject or "")
    except ValueError:
        return "false"
    return "aggregate_id = %(subject)s::uuid"


def _first_id(instant: datetime) -> UUID:
    """The least UUIDv7 of an instant's millisecond (RFC 9562, section 5.7)."""
    milliseconds = max(0, min(int(instant.timestamp() * 1000), 2**48 - 1))
    return UUID(int=milliseconds << 80)


def _answer(row: tuple[Any, ...]) -> AuditAnswer:
    *columns, before, after = row
    values = dict(zip(AuditAnswer.__struct_fields__, columns, strict=False))
    return AuditAnswer(**values, before=_decoded(before), after=_decoded(after))


def _decoded(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
