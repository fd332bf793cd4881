"""Paying online by Stripe, against a stand-in over real HTTP: taken once, whatever is lost, repeated or late."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.test import Client

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import Dispute, HeardEvent, OnlinePayment, Payment, Refund, RefundSending, StayFee
from apps.billing.online.amounts import NotPayableOnline, from_provider, to_provider
from apps.billing.online.polling import poll
from apps.billing.online.sendings import NothingToRetry, retry_refund, submit_refund
from apps.billing.online.starting import start_online_payment, submit_online_payment
from apps.billing.online.stripe_api import ProviderDown
from apps.billing.public import StayFacts, charge_stay
from apps.core import clock
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, Yard, charge, make_rate
from .stripe_standin import SECRET, StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
WEBHOOK = "/api/v1/billing/payments/webhooks/stripe"


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeStandIn]:
    """A provider with an account of ours."""
    provider = StripeStandIn()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_stand_in", SECRET
    settings.STRIPE_API_BASE = provider.base
    yield provider
    provider.close()


@pytest.fixture
def debt(yard: Yard) -> StayFacts:
    """A stay that left owing 40.00 INR."""
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    return stay


def start(stay: StayFacts, amount: str = "40", *, at: datetime | None = None) -> OnlinePayment:
    payment = TakePayment(method="online", amount=Decimal(amount))
    return start_online_payment(stay_id=stay.stay_id, payment=payment, actor=CASHIER, at=at or clock.now())


def begun(stay: StayFacts, amount: str = "40", *, at: datetime | None = None) -> OnlinePayment:
    online = submit_online_payment(online_id=start(stay, amount, at=at).id, at=clock.now())
    assert online is not None
    return online


def deliver(stripe: StripeStandIn, event: dict[str, Any], host: str = "localhost") -> int:
    body, signature = stripe.signed(event)
    headers = {"host": host, "stripe-signature": signature}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code


def deliver_all(stripe: StripeStandIn) -> None:
    assert {deliver(stripe, event) for event in stripe.events} <= {200}


def agrees(stripe: StripeStandIn) -> None:
    """Provider, books and ledger say the same."""
    post_missing()
    assert list(find_disagreements()) == []
    assert get_balance(account=Account.ONLINE_CLEARING, currency="INR") == stripe.net("INR")


def cash(stay: StayFacts, amount: str = "40") -> None:
    payment = TakePayment(method="cash", amount=Decimal(amount))
    take_payment(stay_id=stay.stay_id, payment=payment, actor=CASHIER, at=clock.now())


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
    assert_problem(refused, 503, "provider_down")
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


@pytest.mark.parametrize("way", ["refund", "void"])
@pytest.mark.parametrize("faults", [[], ["lost"], ["lost", "lost", "lost"], ["dropped"] * 3])
def test_a_refund_leaves_the_provider_once(stripe: StripeStandIn, debt: StayFacts, way: str, faults: list[str]) -> None:
    stripe.pay(begun(debt).provider_id)
    deliver_all(stripe)
    payment = Payment.objects.get()
    if way == "void":
        void_payment(payment_id=payment.id, reason="x", actor=CASHIER, at=clock.now())
    else:
        refund_payment(payment_id=payment.id, amount=Decimal(25), reason="x", actor=CASHIER, at=clock.now())
    sending = RefundSending.objects.get()
    stripe.faults.extend([None, *faults] if faults else [])
    if len(faults) == 3:
        with pytest.raises(ProviderDown):
            submit_refund(sending_id=sending.id, at=clock.now())
        poll(at=clock.now() + timedelta(minutes=1))
    else:
        submit_refund(sending_id=sending.id, at=clock.now())
    sending.refresh_from_db()
    assert (sending.status, len(stripe.refunds)) == ("succeeded", 1)
    deliver_all(stripe)
    assert StayFee.objects.get().paid == (0 if way == "void" else 4_000)
    agrees(stripe)


def test_a_refund_that_comes_back_is_seen_and_sent_again(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.pay(begun(debt).provider_id)
    deliver_all(stripe)
    payment = Payment.objects.get()
    refund = refund_payment(payment_id=payment.id, amount=Decimal(40), reason="x", actor=CASHIER, at=clock.now())
    with nothing_written(), pytest.raises(NothingToRetry):
        retry_refund(refund_id=refund.id, actor=CASHIER, at=clock.now())
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    stripe.fail_refund(next(iter(stripe.refunds)))
    deliver_all(stripe)
    agrees(stripe)
    seen = api().get(f"billing/payments/{payment.id}").json["refunds"]
    assert [one["status"] for one in seen] == ["failed"]
    again = api("manager").post(f"billing/refunds/{refund.id}/retry")
    assert again.status == 202
    submit_refund(sending_id=RefundSending.objects.get(attempt=2).id, at=clock.now())
    assert get_balance(account=Account.REFUNDS_PAYABLE, currency="INR") == 0
    agrees(stripe)


@pytest.mark.parametrize(
    ("verdict", "order"), [("lost", (0, 1)), ("lost", (1, 0)), ("won", (0, 1)), ("won", (1, 0, 1))]
)
def test_a_dispute_moves_what_the_provider_moved(
    stripe: StripeStandIn, debt: StayFacts, verdict: str, order: tuple[int, ...]
) -> None:
    stripe.pay(begun(debt).provider_id)
    stripe.decide(stripe.dispute(next(iter(stripe.intents))), verdict)
    told = [event for event in stripe.events if "dispute" in event["type"]]
    for index in order:  # before the payment was heard of
        assert deliver(stripe, told[index]) == 200
    deliver_all(stripe)
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.amount, dispute.withdrawn, dispute.reinstated) == (
        verdict, 4_000, True, verdict == "won",
    )  # fmt: skip
    lost = 4_000 if verdict == "lost" else 0
    assert get_balance(account=Account.CHARGEBACKS, currency="INR") == lost
    assert get_balance(account=Account.PROVIDER_FEES, currency="INR") == (1_500 if lost else 0)
    assert get_balance(account=Account.DISPUTED, currency="INR") == 0
    agrees(stripe)


def test_what_the_payers_bank_took_back_is_not_given_back_again(
    stripe: StripeStandIn, debt: StayFacts, api: Callable[..., Api]
) -> None:
    stripe.pay(begun(debt).provider_id)
    dispute = stripe.dispute(next(iter(stripe.intents)))
    deliver_all(stripe)
    call = f"billing/payments/{Payment.objects.get().id}/refund"
    with nothing_written():
        refused = api("manager").post(call, {"amount": 5, "reason": "asked for it"})
        assert_problem(refused, 409, "refund_too_large")
        assert refused.json["refundableAmount"] == 0
    assert api("manager").get(call.removesuffix("/refund")).json["refundableAmount"] == 0
    stripe.decide(dispute, "won")
    deliver_all(stripe)
    assert api("manager").post(call, {"amount": 5, "reason": "asked for it"}).status == 201


def test_a_signed_event_that_cannot_be_read_is_taken_and_changes_nothing(
    stripe: StripeStandIn, debt: StayFacts
) -> None:
    stripe.pay(begun(debt).provider_id)
    whole = stripe.events[-1]
    for wrong in ({"amount": "many"}, {"metadata": "none"}, {"metadata": {"tenant": [1]}}):
        broken = whole | {"id": "evt_broken", "data": {"object": whole["data"]["object"] | wrong}}
        with nothing_written():
            assert deliver(stripe, broken) == 200
    assert deliver(stripe, whole) == 200
    assert Payment.objects.count() == 1


def test_only_what_is_signed_lately_by_the_provider_is_heard(stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.pay(begun(debt).provider_id)
    event = stripe.events[-1]
    body, good = stripe.signed(event)
    forged = [
        stripe.signed(event, secret="whsec_other"),
        stripe.signed(event, at=time.time() - 301),
        (body.replace(b"4000", b"1"), good),
        (body, ""),
        (body, "t=1,v1=0"),
        (b"not json", stripe.signed(event)[1]),
    ]
    with nothing_written():
        for raw, signature in forged:
            headers = {"host": "acme.localhost", "stripe-signature": signature}
            sent = Client().post(WEBHOOK, raw, content_type="application/json", headers=headers)
            assert (sent.status_code, json.loads(sent.content)["code"]) == (400, "bad_signature")


def test_what_is_not_ours_is_acknowledged(stripe: StripeStandIn, debt: StayFacts, globex: TenantRef) -> None:
    stripe.pay(begun(debt).provider_id)
    event = stripe.events[-1]
    about = event["data"]["object"]

    def other(**change: Any) -> dict[str, Any]:
        return event | {"id": f"evt_{len(change)}_{next(iter(change))}", "data": {"object": about | change}}

    with nothing_written():
        assert deliver(stripe, other(metadata={})) == 200
        assert deliver(stripe, other(metadata={"tenant": "x"})) == 200
        assert (
            deliver(stripe, event | {"id": "evt_c", "data": {"object": {"object": "customer", "id": "cus_1"}}}) == 200
        )
    theirs = about["metadata"] | {"tenant": str(globex.id)}
    deliver(stripe, other(metadata=theirs))  # our row is not in that tenant
    deliver(stripe, other(id="pi_forged", amount=1) | {"id": "evt_other_intent"})  # our row has another intent
    deliver(stripe, other(currency="eur") | {"id": "evt_currency"})
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("minor", "currency", "theirs"),
    [(4_000, "INR", 4_000), (500, "JPY", 500), (500, "ISK", 50_000), (50_000, "MGA", 500), (5_120, "KWD", 5_120)],
)
def test_amounts_are_in_the_providers_units(minor: int, currency: str, theirs: int) -> None:
    assert (to_provider(minor, currency), from_provider(theirs, currency)) == (theirs, minor)


@pytest.mark.parametrize(("minor", "currency"), [(5_124, "KWD"), (50_001, "MGA"), (500, "UGX"), (500, "CLF")])
def test_what_the_provider_cannot_say_is_refused(minor: int, currency: str) -> None:
    with pytest.raises(NotPayableOnline):
        to_provider(minor, currency)


def test_evidence_tells_all_and_is_the_same_every_time(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.pay(begun(debt).provider_id)
    stripe.dispute(next(iter(stripe.intents)))
    deliver_all(stripe)
    listed = api("auditor").get("billing/disputes").json["items"]
    assert [(one["status"], one["amount"], one["feeAmount"], one["isOver"]) for one in listed] == [
        ("needs_response", 40, 15, False)
    ]
    call = f"billing/disputes/{listed[0]['id']}/evidence.zip"
    first, second = (api("auditor").get(call).response.content for _ in range(2))
    assert first == second
    archive = zipfile.ZipFile(io.BytesIO(first))
    number = Payment.objects.get().receipt_number
    names = sorted(archive.namelist())
    assert [name for name in names if not name.startswith("plan-")] == [
        "dispute.json", "events.json", "fee.json", "payments.json", f"receipt-{number}.pdf", "stay.json",
    ]  # fmt: skip
    fee = json.loads(archive.read("fee.json"))
    assert (fee["recomputedTotal"], fee["charged"]["totalAmount"]) == (40, 40)
    assert [event["type"] for event in json.loads(archive.read("events.json"))] == ["PaymentTaken"]
    assert api("viewer").get(call).status == 403


def test_what_did_not_settle_itself_is_listed(api: SignIn, stripe: StripeStandIn, yard: Yard, debt: StayFacts) -> None:
    unpriced = yard.stay(vehicle_type="truck")
    charge(unpriced)
    stripe.pay(begun(debt).provider_id)
    deliver_all(stripe)
    payment = Payment.objects.get()
    refund_payment(payment_id=payment.id, amount=Decimal(5), reason="x", actor=CASHIER, at=clock.now())
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    stripe.fail_refund(next(iter(stripe.refunds)))
    stripe.dispute(next(iter(stripe.intents)))
    deliver_all(stripe)
    items = api("auditor").get("billing/reconciliation").json["items"]
    assert [(one["kind"], one["entryId"], one["amount"]) for one in items] == [
        ("unpriced", str(unpriced.stay_id), None),
        ("failed_refund", str(debt.stay_id), 5),
        ("dispute", str(debt.stay_id), 40),
    ]
