"""Paying online by Stripe, against a stand-in over real HTTP: taken once, whatever is lost, repeated or late."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.test import Client

from apps.billing.ledger import Account, get_balance
from apps.billing.models import HeardEvent, OnlinePayment, Payment, Refund, RefundSending, StayFee
from apps.billing.online.polling import poll
from apps.billing.online.sendings import submit_refund
from apps.billing.online.starting import submit_online_payment
from apps.billing.online.stripe_api import ProviderDown
from apps.billing.public import StayFacts, charge_stay
from apps.core import clock
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, Yard, make_rate
from .online import WEBHOOK, agrees, begun, cash, deliver, deliver_all, start
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


def test_it_is_asked_for_paid_and_heard_of(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online", "provider": "stripe"}
    asked = api().post("billing/payments", body)
    assert (asked.status, asked.json["status"], asked.json["clientSecret"]) == (202, "created", None)
    submit_online_payment(online_id=OnlinePayment.objects.get().id, at=clock.now())
    intent = OnlinePayment.objects.get().provider_id
    told = api().get(asked["Location"])
    assert (told.json["status"], told.json["clientSecret"]) == ("pending", f"{intent}_secret_of_the_payer")
    stripe.pay(intent)
    deliver_all(stripe)
    done = api().get(asked["Location"]).json
    payment = Payment.objects.get()
    assert (done["status"], done["paymentId"], done["clientSecret"]) == ("succeeded", str(payment.id), None)
    assert (payment.method, payment.provider, payment.reference, payment.amount) == ("online", "stripe", intent, 4_000)
    agrees(stripe)


def test_without_a_provider_it_is_not_offered(api: SignIn, debt: StayFacts) -> None:
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online"}
    with nothing_written():
        assert_problem(api().post("billing/payments", body), 422, "method_not_offered")
        assert Client().post(WEBHOOK, b"{}", content_type="application/json").status_code == 404
    assert poll(at=clock.now()) == 0


@pytest.mark.parametrize("change", [{"amount": 39}, {"amount": 41}, {"currency": "EUR"}, {"provider": "other"}])
def test_what_is_not_due_is_not_asked_for(
    api: SignIn, stripe: StripeStandIn, debt: StayFacts, change: dict[str, Any]
) -> None:
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online"} | change
    with nothing_written():
        assert api().post("billing/payments", body).status in (409, 422)


@pytest.mark.parametrize("faults", [["lost"], ["dropped", 500], ["lost", "lost", "lost"], [429], [409]])
def test_a_lost_answer_makes_no_second_intent(stripe: StripeStandIn, debt: StayFacts, faults: list[Any]) -> None:
    online = start(debt)
    stripe.faults.extend(faults)
    if faults in ([429], ["lost"] * 3):  # more than the client tries by itself
        with pytest.raises(ProviderDown):
            submit_online_payment(online_id=online.id, at=clock.now())
        assert OnlinePayment.objects.get().status == "created"
        poll(at=clock.now() + timedelta(minutes=1))
    else:
        submit_online_payment(online_id=online.id, at=clock.now())
    assert len(stripe.intents) == 1
    assert OnlinePayment.objects.get().provider_id in stripe.intents


def test_who_waits_is_told_when_to_come_back(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    stripe.faults.extend([500, 500, 500])
    refused = api().get(f"billing/payments/online/{online.id}")
    assert_problem(refused, 503, "provider_unavailable")
    assert refused["Retry-After"] == "10"


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1, 0, 0), (1,)])
def test_webhooks_in_any_order_take_it_once(stripe: StripeStandIn, debt: StayFacts, order: tuple[int, ...]) -> None:
    online = start(debt)
    stripe.faults.extend(["lost"] * 3)  # the intent's id never comes here
    with pytest.raises(ProviderDown):
        submit_online_payment(online_id=online.id, at=clock.now())
    (intent,) = stripe.intents
    stripe.pay(intent)
    for index in order:
        assert deliver(stripe, stripe.events[index]) == 200
    assert Payment.objects.get().reference == intent
    assert HeardEvent.objects.count() == len(set(order))
    agrees(stripe)


def test_the_poll_hears_of_what_no_webhook_told_and_both_take_it_once(stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.pay(begun(debt).provider_id)
    assert poll(at=clock.now() + timedelta(minutes=2)) == 1
    deliver_all(stripe)
    assert poll(at=clock.now() + timedelta(minutes=2)) == 0
    assert Payment.objects.count() == 1
    agrees(stripe)


def test_a_declined_card_may_be_tried_again(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    stripe.decline(online.provider_id)
    deliver_all(stripe)
    online.refresh_from_db()
    assert (online.status, online.problem) == ("failed", "Your card was declined.")
    stripe.pay(online.provider_id)
    deliver(stripe, stripe.events[-1])
    deliver(stripe, stripe.events[1] | {"id": "evt_late"})
    online.refresh_from_db()
    assert online.status == "succeeded"
    agrees(stripe)


def test_what_nobody_pays_expires(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    poll(at=clock.now() + timedelta(minutes=31))
    online.refresh_from_db()
    assert (online.status, stripe.intents[online.provider_id]["status"]) == ("expired", "canceled")


def test_a_new_request_withdraws_the_one_before_and_money_for_both_goes_back_once(
    stripe: StripeStandIn, debt: StayFacts
) -> None:
    first, second = begun(debt), begun(debt)
    stripe.pay(first.provider_id)
    stripe.pay(second.provider_id)
    poll(at=clock.now())
    deliver_all(stripe)
    assert Payment.objects.count() == 2
    assert (Refund.objects.get().amount, Refund.objects.get().surplus) == (4_000, 4_000)
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    assert StayFee.objects.get().paid == 4_000
    agrees(stripe)


def test_money_for_a_stay_that_was_paid_in_cash_meanwhile_goes_back(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = begun(debt)
    cash(debt)
    stripe.pay(online.provider_id)
    deliver_all(stripe)
    refund = Refund.objects.get()
    assert (refund.payment.method, refund.amount, refund.reason) == ("online", 4_000, "Paid otherwise meanwhile")
    agrees_before = get_balance(account=Account.REFUNDS_PAYABLE, currency="INR")
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    assert (agrees_before, get_balance(account=Account.REFUNDS_PAYABLE, currency="INR")) == (-4_000, 0)
    assert (StayFee.objects.get().paid, stripe.net("INR")) == (4_000, 0)
    agrees(stripe)


def test_a_parked_vehicle_pays_online_what_was_due_when_it_asked(stripe: StripeStandIn, yard: Yard) -> None:
    make_rate()
    now = clock.now()
    stay = yard.stay(hours=None, entry_at=now.astimezone(UTC) - timedelta(minutes=58))
    online = begun(stay, "20", at=now)
    stripe.pay(online.provider_id)
    deliver_all(stripe)
    ended = msgspec.structs.replace(stay, exit_at=now + timedelta(minutes=14))
    with transaction.atomic():
        left = charge_stay(stay=ended, payment=None, actor=CASHIER, at=now + timedelta(minutes=14))
    assert (left.paid_before, left.due) == (2_000, 0)
    agrees(stripe)


def test_a_part_of_what_a_parked_vehicle_owes_is_not_asked_for(api: SignIn, stripe: StripeStandIn, yard: Yard) -> None:
    make_rate()
    stay = yard.stay(hours=None, entry_at=clock.now().astimezone(UTC) - timedelta(minutes=58))
    body = {"entryId": str(stay.stay_id), "amount": 5, "currency": "INR", "method": "online", "partial": True}
    with nothing_written():
        assert_problem(api().post("billing/payments", body), 409, "underpaid")


def test_cash_taken_while_a_parked_vehicle_pays_online_still_lets_it_out(stripe: StripeStandIn, yard: Yard) -> None:
    make_rate()
    now = clock.now()
    stay = yard.stay(hours=None, entry_at=now.astimezone(UTC) - timedelta(minutes=58))
    online = begun(stay, "20", at=now)
    cash(stay, "20")
    stripe.pay(online.provider_id)
    deliver_all(stripe)
    assert Refund.objects.get().amount == 2_000
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    ended = msgspec.structs.replace(stay, exit_at=now + timedelta(minutes=14))
    with transaction.atomic():
        left = charge_stay(stay=ended, payment=None, actor=CASHIER, at=now + timedelta(minutes=14))
    assert (left.paid_before, left.due) == (2_000, 0)
    agrees(stripe)
