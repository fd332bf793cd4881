"""What is due for a stay, its account being locked: of one that has ended its fee, of another what it costs so far."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.billing.applicable_rates import ApplicableRate
from apps.billing.exit_grace import find_paid_until
from apps.billing.known_stays import governing_rate, known_stay
from apps.billing.models import StayFee
from apps.billing.pricing import price_under
from apps.billing.stay_accounts import keep, kept_facts, lock_account
from apps.billing.stays import StayFacts, get_stay
from apps.core import tenancy
from apps.core.errors import Conflict

from .counting import FeeUnknown


class NotCharged(Conflict):
    code, title = "not_charged", "This stay has ended without a fee"


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's locked account, and its price in minor units of `account.currency`.

    Of a vehicle that is still parked, `total` is what the stay cost at the instant that was asked for; `parked` and
    `rate` are what it was priced from.
    """

    account: StayFee
    total: int
    parked: StayFacts | None = None
    rate: ApplicableRate | None = None

    @property
    def due(self) -> int:
        """What is left to be paid."""
        return max(self.total - self.account.paid, 0)


def lock_bill(*, stay_id: UUID, at: datetime) -> Bill:
    """The bill of a stay at `at` (UTC), in the caller's transaction.

    Raises StayNotFound, NotCharged, FeeUnknown where it has no price.
    """
    account = StayFee.objects.select_for_update().filter(stay_id=stay_id).first()
    if account is not None and not account.is_open:
        return _of_fee(account)
    stay = get_stay(stay_id)
    if account is None and stay.exit_at is not None:
        raise NotCharged("Nobody has priced this stay, so there is nothing to pay.")
    account = lock_account(stay, currency=tenancy.current().currency, at=at)
    if not account.is_open:  # it has just left
        return _of_fee(account)
    rate = governing_rate(stay)
    known = msgspec.structs.replace(known_stay(stay, account=account, rate=rate), exit_at=None)
    priced = price_under(rate, stay=known, until=max(at, stay.entry_at))
    if priced.fee is None:
        raise FeeUnknown(priced.unpriced_detail, facts={"reason": priced.unpriced_reason})
    return Bill(account=account, total=priced.fee.total, parked=known, rate=rate)


def _of_fee(account: StayFee) -> Bill:
    if account.total is None:
        raise FeeUnknown("Settle its price first.", facts={"reason": account.unpriced_reason})
    return Bill(account=account, total=account.total)


def settle_until(bill: Bill, *, paid_at: datetime, grace_minutes: int) -> datetime | None:
    """Note that a parked vehicle has paid all that was due at `paid_at`; until when it may stay (UTC).

    None for a stay that has ended. The amount is recorded with the payment.
    """
    if bill.parked is None or bill.rate is None:
        return None
    at = max(paid_at, bill.parked.entry_at)
    until = find_paid_until(bill.rate, stay=bill.parked, paid_at=at, grace_minutes=grace_minutes)
    kept = kept_facts(bill.account)
    keep(bill.account, msgspec.structs.replace(kept, paid_at=(*kept.paid_at, at), paid_until=until))
    return until
