"""Webhook against poll, cash against webhook: money that comes from a provider is recorded once."""

import threading
from decimal import Decimal

import pytest
from django.db import transaction

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import OnlinePayment, Payment, Refund, StayFee
from apps.billing.online.applying import apply_intent
from apps.billing.online.hearing import hear_event
from apps.billing.online.starting import start_online_payment, submit_online_payment
from apps.billing.online.stripe_api import retrieve_intent
from apps.billing.public import StayFacts
from apps.core import clock
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, Yard, charge, make_rate, yard
from tests.billing.online import stripe as stripe
from tests.billing.stripe_standin import StripeStandIn
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
__all__ = ["yard"]


def paid_at_the_provider(yard: Yard, stripe: StripeStandIn) -> tuple[StayFacts, str]:
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    asked = TakePayment(method="online", amount=Decimal(40))
    online = start_online_payment(stay_id=stay.stay_id, payment=asked, actor=CASHIER, at=clock.now())
    submit_online_payment(online_id=online.id, at=clock.now())
    intent = OnlinePayment.objects.get().provider_id
    stripe.pay(intent)
    return stay, intent


def hear(stripe: StripeStandIn, index: int = -1) -> bool:
    payload, signature = stripe.signed(stripe.events[index])
    return hear_event(payload=payload, signature=signature, at=clock.now())


def test_control_looked_at_without_the_lock_webhook_and_poll_both_find_it_unpaid(
    in_acme: TenantRef, yard: Yard, stripe: StripeStandIn
) -> None:
    paid_at_the_provider(yard, stripe)
    looked = threading.Barrier(2)

    def unpaid() -> bool:
        with transaction.atomic():
            found = OnlinePayment.objects.get().payment_id is None
            looked.wait(30)
            return found

    assert at_once(in_acme, unpaid, unpaid) == [True, True]


def test_webhooks_and_polls_at_once_record_it_once(in_acme: TenantRef, yard: Yard, stripe: StripeStandIn) -> None:
    _, intent = paid_at_the_provider(yard, stripe)

    def poll() -> object:
        return apply_intent(intent=retrieve_intent(intent, account=""), at=clock.now())

    outcomes = at_once(in_acme, poll, lambda: hear(stripe), poll, lambda: hear(stripe))
    assert refusals(outcomes) == []
    assert len(gained(outcomes)) == 4
    assert Payment.objects.get().amount == 4_000
    assert StayFee.objects.get().paid == 4_000
    post_missing()
    assert list(find_disagreements()) == []


def test_cash_and_webhook_at_once_leave_one_payment_too_much_which_goes_back(
    in_acme: TenantRef, yard: Yard, stripe: StripeStandIn
) -> None:
    stay, _ = paid_at_the_provider(yard, stripe)
    cash = TakePayment(method="cash", amount=Decimal(40))
    outcomes = at_once(
        in_acme,
        lambda: hear(stripe),
        lambda: take_payment(stay_id=stay.stay_id, payment=cash, actor=CASHIER, at=clock.now()),
    )
    assert refusals(outcomes) in ([], ["already_paid"])
    assert Refund.objects.count() == Payment.objects.count() - 1
    assert StayFee.objects.get().paid == 4_000
    post_missing()
    assert list(find_disagreements()) == []
