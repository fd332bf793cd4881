"""A period's takings: taken, given back and net, by way of paying and currency, at a place or at all."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.models import Payment
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, ENTRY, OTHER_YARD, YARD, Yard, charge, make_rate

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
NOON = ENTRY + timedelta(hours=6)


def took(yard: Yard, method: str, *, at: timedelta, hours: float = 1, place: object = YARD) -> Payment:
    stay = yard.stay(hours=hours, location_id=place)
    charge(stay)
    reference = str(stay.stay_id) if method == "card" else ""
    payment = TakePayment(method=method, amount=Decimal(20) * int(hours), reference=reference)
    made = take_payment(stay_id=stay.stay_id, payment=payment, actor=CASHIER, at=NOON + at)
    return Payment.objects.get(id=made.payment.id)


def asked(
    api: Api, since: timedelta = timedelta(0), until: timedelta = timedelta(days=1), **more: object
) -> list[object]:
    period = {"from": (NOON + since).isoformat(), "to": (NOON + until).isoformat()}
    items = api.get("billing/takings", **period, **more).json["items"]
    return [tuple(item.values()) for item in items]


def test_what_goes_back_is_told_beside_what_came_in(api: SignIn, yard: Yard) -> None:
    make_rate()
    early = took(yard, "cash", at=-timedelta(seconds=1))
    took(yard, "cash", at=timedelta(0), hours=3)
    card = took(yard, "card", at=timedelta(hours=1))
    took(yard, "cash", at=timedelta(days=1), place=OTHER_YARD)
    refund_payment(payment_id=early.id, amount=Decimal(5), reason="x", actor=CASHIER, at=NOON + timedelta(hours=2))
    void_payment(payment_id=card.id, reason="x", actor=CASHIER, at=NOON + timedelta(hours=2))
    assert asked(api()) == [("card", "INR", 1, 20, 1, 20, 0), ("cash", "INR", 1, 60, 1, 5, 55)]
    assert asked(api(), since=-timedelta(days=1), until=timedelta(days=2)) == [
        ("card", "INR", 1, 20, 1, 20, 0), ("cash", "INR", 3, 100, 1, 5, 95),
    ]  # fmt: skip
    assert asked(api(), until=timedelta(days=2), locationId=OTHER_YARD) == [("cash", "INR", 1, 20, 0, 0, 20)]
    late = asked(api(), since=timedelta(minutes=90))
    assert late == [("card", "INR", 0, 0, 1, 20, -20), ("cash", "INR", 0, 0, 1, 5, -5)]


def test_a_period_is_asked_for_and_money_is_not_everybodys(api: SignIn) -> None:
    with nothing_written():
        assert_problem(api().get("billing/takings"), 422, "invalid")
        assert api("viewer").get("billing/takings").status == 403
    assert asked(api()) == []
