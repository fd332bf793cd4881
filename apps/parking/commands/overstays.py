"""Stays that last longer than they may: found by their deadlines, so that a tick costs what is due and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from apps.core import changes, tenancy
from apps.core.actor import SYSTEM
from apps.core.db.statement import Statement
from apps.core.events.publish import encode_event, metadata
from apps.core.ids import new_id
from apps.core.shared.deadlines import claim, forget_tenant, list_due
from apps.core.tenancy import TenantStatus
from apps.parking.events import OverstayDetected

from .occupancy_sql import AFTER

log = structlog.get_logger(__name__)

KIND = "overstay"
BATCH = 500

# Counters before stays, in the order of their ids, as every command locks them (docs/locking.md). While they are
# held no exit can end, for an exit needs its counter first.
_LOCK = Statement("""
SELECT location_id FROM {schema}.parking_occupancy
WHERE location_id IN (SELECT location_id FROM {schema}.parking_parkingentry WHERE id = ANY(%(ids)s))
ORDER BY location_id FOR UPDATE
""")
_MARK = Statement("""
UPDATE {schema}.parking_parkingentry SET status = 'overstay', overstayed_at = %(now)s, version = version + 1
WHERE id = ANY(%(ids)s) AND status = 'parked' AND allowed_until <= %(now)s
RETURNING id, location_id, vehicle_number, vehicle_type, allowed_until, version
""")
_COUNT = Statement("""
UPDATE {schema}.parking_occupancy o SET overstays = overstays + n.found, version = version + 1, changed_at = %(now)s
FROM (SELECT unnest(%(locations)s::uuid[]) AS id, unnest(%(counts)s::int[]) AS found) n
WHERE o.location_id = n.id
RETURNING o.location_id
""")
_TELL = Statement(f"""
INSERT INTO {{schema}}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
    occurred_at, data, metadata)
SELECT e.id, 'parking_entry', e.entry, e.version, 'OverstayDetected', {OverstayDetected.schema_version}, %(now)s,
    e.data || jsonb_build_object('occupancy', {AFTER}), %(metadata)s::jsonb
FROM (SELECT unnest(%(events)s::uuid[]) AS id, unnest(%(ids)s::uuid[]) AS entry,
        unnest(%(versions)s::bigint[]) AS version, unnest(%(locations)s::uuid[]) AS location_id,
        unnest(%(data)s::jsonb[]) AS data) e
JOIN {{schema}}.parking_occupancy place ON place.location_id = e.location_id
RETURNING id
""")


def mark_overstays(*, at: datetime) -> int:
    """Mark every stay of every tenant that is due at `at` (UTC), and tell of each once; gives how many.

    Works through what is due in batches, each tenant's part in a transaction with the deadlines that it uses up. Runs
    of it side by side share the work: a deadline that another run holds is passed by. A tenant whose part fails is
    logged and left for the next tick; the others do not wait for it.
    """
    marked = 0
    seen: set[UUID] = set()
    while True:
        with tenancy.public():
            due = list_due(kind=KIND, at=at, limit=BATCH, but_not=seen)
        if not due:
            return marked
        for tenant_id, entry_ids in due.items():
            seen.update(entry_ids)
            tenant = tenancy.directory().by_id(tenant_id)
            if tenant is None or tenant.status == TenantStatus.CLOSED:
                _forget(tenant_id)
                continue
            try:
                with tenancy.enter(tenant):
                    marked += mark_overstays_of_tenant(entry_ids=entry_ids, at=at)
            except Exception as error:
                log.error("overstays_not_marked", tenant=tenant.slug, exc_info=error)


def _forget(tenant_id: UUID) -> None:
    """A tenant that is gone would be due at every tick."""
    with tenancy.public():
        forgotten = forget_tenant(tenant_id=tenant_id)
    log.info("deadlines_forgotten", tenant_id=str(tenant_id), count=forgotten)


def mark_overstays_of_tenant(*, entry_ids: Sequence[UUID], at: datetime) -> int:
    """Mark those of these stays of the current tenant that are still parked and due; their deadlines are used up."""
    with transaction.atomic():
        _LOCK.run({"ids": list(entry_ids)})
        ids = claim(subject_ids=entry_ids)
        rows = _MARK.run({"ids": ids, "now": at}) if ids else []
        if rows:
            _tell(rows, at)
    if rows:
        changes.announce()
    return len(rows)


def _tell(rows: Sequence[tuple[UUID, UUID, str, str, datetime, int]], at: datetime) -> None:
    counts: dict[UUID, int] = {}
    for row in rows:
        counts[row[1]] = counts.get(row[1], 0) + 1
    _COUNT.run({"locations": list(counts), "counts": list(counts.values()), "now": at})
    tenant_id = tenancy.current().id
    events = [
        OverstayDetected(
            entry_id=entry_id,
            tenant_id=tenant_id,
            location_id=location_id,
            vehicle_number=plate,
            vehicle_type=vehicle_type,
            allowed_until=allowed_until,
            overstay_duration=int((at - allowed_until).total_seconds() // 60),
        )
        for entry_id, location_id, plate, vehicle_type, allowed_until, _ in rows
    ]
    _TELL.run(
        {
            "events": [new_id() for _ in rows],
            "ids": [row[0] for row in rows],
            "versions": [row[5] for row in rows],
            "locations": [row[1] for row in rows],
            "data": [encode_event(event) for event in events],
            "now": at,
            "metadata": metadata(SYSTEM),
        }
    )
