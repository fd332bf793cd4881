"""Whether a stay lasts too long, and what it would cost to end it now."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.billing.public import StayFacts, quote_stay
from apps.core import tenancy
from apps.core.api.replies import Answer
from apps.core.money import minor_to_decimal
from apps.parking.models import ParkingEntry

from .entries import EntryNotFound
from .stay_facts import facts_of


class OverstayInfo(Answer, frozen=True, kw_only=True):
    """GET parking/entries/{id}/overstay. `currentFee` is what the stay costs if it ends now, or cost when it ended."""

    entry_id: UUID
    is_overstay: bool
    allowed_until: datetime
    overstay_minutes: int
    current_fee: Decimal | None
    currency: str
    notifications_sent: int


def get_overstay(*, entry_id: UUID, at: datetime) -> OverstayInfo:
    """The overstay of one stay of the current tenant, at `at` (UTC) or when it ended. Raises EntryNotFound."""
    facts = find_stay_facts(entry_id)
    if facts is None or facts.allowed_until is None:
        raise EntryNotFound(f"There is no entry {entry_id} in this tenant.")
    until = facts.exit_at or max(at, facts.entry_at)
    fee = quote_stay(stay=facts, at=until).fee
    minutes = max(int((until - facts.allowed_until).total_seconds() // 60), 0)
    return OverstayInfo(
        entry_id=entry_id,
        is_overstay=until > facts.allowed_until,
        allowed_until=facts.allowed_until,
        overstay_minutes=minutes,
        current_fee=minor_to_decimal(fee.total, fee.currency) if fee else None,
        currency=tenancy.current().currency,
        notifications_sent=0,
    )


def find_stay_facts(entry_id: UUID) -> StayFacts | None:
    """What billing prices a stay by; fills billing's port."""
    entry = ParkingEntry.objects.select_related("location").filter(id=entry_id).first()
    if entry is None:
        return None
    return facts_of(entry)
