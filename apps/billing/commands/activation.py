"""Putting a draft into force, in the place of what is in force now, in one act."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.billing.models import RateStatus, RateStructure
from apps.core import reach
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid

from .rate_versions import get_latest, lock_rates
from .rates import RateChanges, retire_rates, update_parking_rates


class NotADraft(Conflict):
    code, title = "not_a_draft", "This rate is in force already"


def activate_rates(
    *, rate_id: UUID, expected_version: int, starts_at: datetime | None, replacing: bool, actor: Actor, at: datetime
) -> RateStructure:
    """Put a draft into force at `starts_at` (UTC), not before `at`; None: at once.

    `replacing`: the rate that is in force then for the same vehicle type and location ends at that moment, in the
    same transaction, so that there is neither a gap nor an overlap.

    Raises RateNotFound, RateChangedMeanwhile, RateRetired, NotADraft, RatesOverlap, Invalid for a beginning in the
    past, OutsideYourLocations.
    """
    start = at if starts_at is None else starts_at
    if start < at:
        raise Invalid.field("effectiveDate", "in_the_past", "Prices change now or later.")
    with transaction.atomic():
        lock_rates()
        draft = get_latest(rate_id, expected_version=expected_version, at=at)
        reach.require(draft.location_id)
        if draft.status != RateStatus.DRAFT:
            raise NotADraft("Change it by PATCH instead.")
        if replacing:
            _end_present(draft, start, actor=actor, at=at)
        changes = RateChanges(effective_at=start, activate=True)
        return update_parking_rates(
            rate_id=rate_id, expected_version=expected_version, changes=changes, actor=actor, at=at
        )


def _end_present(draft: RateStructure, start: datetime, *, actor: Actor, at: datetime) -> None:
    """What is in force at `start`, and was so before it, ends then; what is planned for later stands in the way."""
    present = RateStructure.objects.filter(
        Q(expiry_at=None) | Q(expiry_at__gt=start),
        vehicle_type=draft.vehicle_type,
        location_id=draft.location_id,
        status=RateStatus.ACTIVE,
        effective_at__lt=start,
    ).first()
    if present is None or _is_followed(present):
        return
    if start == at:
        retire_rates(rate_id=present.rate_id, expected_version=present.version, actor=actor, at=at)
    else:
        update_parking_rates(
            rate_id=present.rate_id,
            expected_version=present.version,
            changes=RateChanges(expiry_at=start),
            actor=actor,
            at=at,
        )


def _is_followed(present: RateStructure) -> bool:
    """Whether a change of it is planned already: that is not undone in passing, and so the two overlap."""
    return RateStructure.objects.filter(rate_id=present.rate_id, version__gt=present.version).exists()
