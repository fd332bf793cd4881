"""Stays without a price, with all that a person needs to settle them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import Q

from apps.billing.models import StayFee
from apps.billing.models.stay_fees import STILL_PARKED
from apps.billing.places import get_places
from apps.billing.stays import list_stays

After = tuple[datetime, UUID] | None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at: `id` is that of what it is about, `reason` a stable code, `amount` minor units if known."""

    kind: str
    id: UUID
    at: datetime
    reason: str
    stay_id: UUID | None
    vehicle_number: str
    vehicle_type: str
    location_id: UUID | None
    location: str
    timezone: str
    entry_at: datetime | None
    exit_at: datetime | None
    amount: int | None
    currency: str


def unpriced(after: After, limit: int) -> list[Item]:
    """Stays that left without a price, the oldest first, after this place in the list; within reach."""
    fees = StayFee.objects.filter(total=None).exclude(unpriced_reason=STILL_PARKED)
    if after is not None:
        at, last = after
        fees = fees.filter(charged_at__gte=at).filter(Q(charged_at__gt=at) | Q(stay_id__gt=last))
    return list(_told(list(fees.order_by("charged_at", "stay_id")[:limit])))


def _told(fees: list[StayFee]) -> Iterable[Item]:
    stays = list_stays([fee.stay_id for fee in fees])
    places = get_places({fee.location_id for fee in fees})
    for fee in fees:
        stay, place = stays.get(fee.stay_id), places[fee.location_id]
        yield Item(
            kind="unpriced",
            id=fee.stay_id,
            at=fee.charged_at,
            reason=fee.unpriced_reason,
            stay_id=fee.stay_id,
            vehicle_number=stay.vehicle_number if stay else "",
            vehicle_type=fee.vehicle_type,
            location_id=fee.location_id,
            location=place.name,
            timezone=place.timezone,
            entry_at=stay.entry_at if stay else fee.entry_at,
            exit_at=stay.exit_at if stay else fee.ended_at,
            amount=None,
            currency=fee.currency,
        )
