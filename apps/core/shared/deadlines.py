"""What falls due, of all tenants, in the order of its instants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

_DUE = """
SELECT tenant_id, subject_id FROM core_shared_deadline
WHERE kind = %s AND due_at <= %s AND NOT subject_id = ANY(%s) ORDER BY due_at LIMIT %s
"""
_CLAIM = """
DELETE FROM core_shared_deadline WHERE subject_id IN (
    SELECT subject_id FROM core_shared_deadline WHERE subject_id = ANY(%s) ORDER BY subject_id FOR UPDATE SKIP LOCKED)
RETURNING subject_id
"""


def list_due(*, kind: str, at: datetime, limit: int, but_not: Collection[UUID] = ()) -> dict[UUID, list[UUID]]:
    """Subjects that are due at `at` (UTC), by tenant, the longest due first. Takes no lock."""
    found: dict[UUID, list[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [kind, at, list(but_not), limit])
        for tenant_id, subject_id in cursor.fetchall():
            found.setdefault(tenant_id, []).append(subject_id)
    return found


def claim(*, subject_ids: Sequence[UUID]) -> list[UUID]:
    """Use up the deadlines of these subjects in the open transaction; those that another transaction holds are left."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [list(subject_ids)])
        return [row[0] for row in cursor.fetchall()]


def forget_tenant(*, tenant_id: UUID) -> int:
    """Take away all deadlines of a tenant that is closed or gone; gives how many. Runs in the public schema."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_shared_deadline WHERE tenant_id = %s", [tenant_id])
        return int(cursor.rowcount)
