"""How long a tenant keeps what it has of drivers and vehicles after their stays; off until it says so."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from apps.core import audit, changes, tenancy
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import Invalid
from apps.core.tenancy import TenantStatus
from apps.parking.models import ParkingEntry, RetentionRule

from .erasing import erase_stays, unsettled_among
from .persons import ERASED

log = structlog.get_logger(__name__)

BATCH = 500
LEAST_DAYS, MOST_DAYS = 1, 3650
_ROW = 1

Place = tuple[datetime, UUID]


def get_retention_days() -> int | None:
    """After how many days the current tenant's stays lose their persons; None: never."""
    return RetentionRule.objects.filter(id=_ROW).values_list("days", flat=True).first()


def set_retention_days(*, days: int | None, actor: Actor) -> None:
    """Erase persons so many days after their exits from the next run on; None: never. Raises Invalid."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid.field("retentionDays", "out_of_range", f"Between {LEAST_DAYS} and {MOST_DAYS} days, or null.")
    with transaction.atomic():
        rule, _ = RetentionRule.objects.get_or_create(id=_ROW)
        rule = RetentionRule.objects.select_for_update().get(id=rule.id)
        before, rule.days = rule.days, days
        rule.save(update_fields=["days"])
        subject = audit.Subject("retention_rule", "stays")
        audit.record("retention.changed", subject, actor=actor, before={"days": before}, after={"days": days})


def erase_expired(*, at: datetime) -> int:
    """Erase the persons of the current tenant's stays that ended longer ago than it keeps them; gives how many stays.

    In batches, each a transaction of its own; stays that are not settled wait until they are.
    """
    days, erased = get_retention_days(), 0
    if days is None:
        return 0
    after: Place | None = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    while after is not None:
        found, after = _erase_batch(after=after, before=at - timedelta(days=days), at=at)
        erased += found
    if erased:
        changes.announce()
    return erased


def erase_expired_everywhere(*, at: datetime) -> int:
    """The same for every tenant that is open; one whose part fails is logged and tried again by the next run."""
    erased = 0
    for tenant in tenancy.directory().all():
        if tenant.status == TenantStatus.CLOSED:
            continue
        try:
            with tenancy.enter(tenant):
                erased += erase_expired(at=at)
        except Exception as error:
            log.error("retention_failed", tenant=tenant.slug, exc_info=error)
    return erased


def _erase_batch(*, after: Place, before: datetime, at: datetime) -> tuple[int, Place | None]:
    """How many of the next stays were erased, and after which one to go on; None where there are no more."""
    exit_time, stay_id = after
    later = Q(exit_time__gt=exit_time) | Q(exit_time=exit_time, id__gt=stay_id)
    with transaction.atomic():
        ended = ParkingEntry.objects.filter(later, exit_time__gte=exit_time, exit_time__lt=before)
        ended = ended.exclude(vehicle_number=ERASED).order_by("exit_time", "id")
        batch = list(ended.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        unsettled = unsettled_among([stay.id for stay in batch])
        ripe = [stay for stay in batch if stay.id not in unsettled]
        if ripe:
            erase_stays(ripe, why="retention", by=SYSTEM, at=at)
    last = batch[-1] if len(batch) == BATCH else None
    return len(ripe), (last.exit_time, last.id) if last and last.exit_time else None
