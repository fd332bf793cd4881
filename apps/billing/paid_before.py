"""What a stay owes that was paid for before its exit: as its plan says, or no more within the operator's exit grace."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from .tariff import CompiledPlan, Plan

PaidAt = tuple[datetime, ...]


class Priced(Protocol):
    """A price in minor units, or None where there is none."""

    @property
    def total(self) -> int | None: ...


_P = TypeVar("_P", bound=Priced)


class KnownPayments(NamedTuple):
    """Payments before an exit; `paid_until` as in StayFacts; whether the plan says what holds after them."""

    paid_at: PaidAt
    paid_until: datetime | None
    foreseen: bool


def foresees_payments(plan: Plan | CompiledPlan) -> bool:
    """Whether a plan says what holds after a payment before the exit."""
    return isinstance(plan, CompiledPlan) and plan.document.after_payment is not None


def price_by_payments(
    payments: KnownPayments, *, entry_at: datetime, until: datetime, price: Callable[[datetime, PaidAt], _P]
) -> tuple[_P, bool]:
    """What is owed at `until`, and whether that is what was owed at the last payment.

    `price` prices the stay until an instant, with the payments that the plan is told of. Payments that billing has
    itself (`paid_until` is known) are told a plan that foresees them. Another one prices the whole stay; an exit within
    the grace owes no more than at the last payment.
    """
    paid_at, paid_until, foreseen = payments
    if paid_until is None:
        return price(until, paid_at), False
    # a gate that reports late may end the stay before its last payment
    paid_at = tuple([min(max(paid, entry_at), until) for paid in paid_at])
    if foreseen:
        return price(until, paid_at), False
    whole = price(until, ())
    if until > paid_until or not paid_at:
        return whole, False
    then = price(paid_at[-1], ())
    if then.total is None or (whole.total is not None and whole.total <= then.total):
        return whole, False
    return then, True
