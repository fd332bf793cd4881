"""Reading payments, and how a stay stands."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from apps.core import tenancy

from .answers import FeeCalculation, fee_calculation, stored_fee_calculation
from .commands.refunds import PaymentNotFound
from .known_stays import governing_rate, known_stay
from .models import Method, Payment
from .online.accounts import is_offered
from .payment_rules import get_governing_rules
from .pricing import price_under
from .stay_accounts import find_account, kept_facts
from .stays import get_stay


class PaymentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which payments are wanted; instants are UTC, `since` inclusive, `until` exclusive."""

    entry_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    method: str | None = None
    taken_by: UUID | None = None
    location_id: UUID | None = None


class StandingOfStay(msgspec.Struct, frozen=True, kw_only=True):
    """How a stay stands with the till: its account, if there is one, and its price until now while it is parked.

    Amounts are minor units of `currency`; `total` is None where it has no price. `methods` are the ways to pay there.
    """

    stay_id: UUID
    parked: bool
    currency: str
    fee: FeeCalculation | None
    total: int | None
    paid: int
    unpriced_reason: str
    paid_until: datetime | None
    payments: tuple[Payment, ...]
    methods: tuple[str, ...]

    @property
    def due(self) -> int | None:
        """What is to be paid now."""
        return None if self.total is None else max(self.total - self.paid, 0)

    @property
    def refundable(self) -> int | None:
        """What was paid too much."""
        return None if self.total is None else max(self.paid - self.total, 0)


def list_payments(*, wanted: PaymentFilter) -> QuerySet[Payment]:
    """Payments, the newest first."""
    found = Payment.objects.order_by("-id")
    by = {
        "stay_id": wanted.entry_id,
        "taken_at__gte": wanted.since,
        "taken_at__lt": wanted.until,
        "method": wanted.method,
        "taken_by": wanted.taken_by,
        "stay__location_id": wanted.location_id,
    }
    return found.filter(**{name: value for name, value in by.items() if value is not None})


def get_payment(*, payment_id: UUID) -> Payment:
    """A payment with its stay's account and what was given back of it. Raises PaymentNotFound."""
    payment = Payment.objects.select_related("stay").prefetch_related("refunds__sendings").filter(id=payment_id).first()
    if payment is None:
        raise PaymentNotFound("Check the payment's id; it is not one of this tenant.")
    return payment


def get_standing(*, stay_id: UUID, at: datetime) -> StandingOfStay:
    """How a stay stands at `at` (UTC); writes nothing. Raises StayNotFound."""
    stay = get_stay(stay_id)
    account = find_account(stay)
    payments = tuple(Payment.objects.filter(stay_id=stay_id).prefetch_related("refunds__sendings").order_by("id"))
    known: dict[str, Any] = {"stay_id": stay_id, "payments": payments, "paid": account.paid if account else 0}
    known["methods"] = _methods(stay.location_id)
    if account is not None and not account.is_open:
        return StandingOfStay(
            parked=False,
            currency=account.currency,
            fee=stored_fee_calculation(account),
            total=account.total,
            unpriced_reason=account.unpriced_reason,
            paid_until=None,
            **known,
        )
    rate = governing_rate(stay)
    priced_as = known_stay(stay, account=account, rate=rate)
    priced = price_under(rate, stay=priced_as, until=stay.exit_at or max(at, stay.entry_at))
    fee = priced.fee
    return StandingOfStay(
        parked=stay.exit_at is None,
        currency=fee.currency if fee else tenancy.current().currency,
        fee=fee_calculation(fee, rate_id=priced.rate_id, rate_version=priced.rate_version) if fee else None,
        total=fee.total if fee else None,
        unpriced_reason=priced.unpriced_reason,
        paid_until=kept_facts(account).paid_until if account else None,
        **known,
    )


def _methods(location_id: UUID) -> tuple[str, ...]:
    """The ways to pay at a location that work on this installation."""
    offered = get_governing_rules(location_id).methods
    return offered if is_offered() else tuple([each for each in offered if each != Method.ONLINE])
