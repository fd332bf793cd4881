"""Chargebacks: what the provider moved, what may still be given back, and the evidence."""

import io
import itertools
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal

import pytest

from apps.billing.commands.refunds import refund_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.models import Dispute, Payment, RefundSending
from apps.billing.online.sendings import submit_refund
from apps.billing.public import StayFacts
from apps.core import clock
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .conftest import CASHIER, Yard, charge
from .online import agrees, begun, deliver, deliver_all
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


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


def test_an_inquiry_is_answered_by_the_whole_or_not_at_all(stripe: StripeStandIn, debt: StayFacts, api: SignIn) -> None:
    stripe.pay(begun(debt).provider_id)
    stripe.inquire(next(iter(stripe.intents)))
    deliver_all(stripe)
    dispute = Dispute.objects.get()
    assert (dispute.withdrawn, dispute.charge_refundable, dispute.is_over) == (False, True, False)
    manager, call = api("manager"), f"billing/payments/{Payment.objects.get().id}"
    with nothing_written():
        refused = manager.post(f"{call}/refund", {"amount": 5, "reason": "asked for it"})
        assert_problem(refused, 409, "inquiry_open")
        assert refused.json["refundableAmount"] == 40
    assert manager.get(call).json["refundableAmount"] == 40
    assert manager.post(f"{call}/refund", {"amount": 40, "reason": "not recognised"}).status == 201
    submit_refund(sending_id=RefundSending.objects.get().id, at=clock.now())
    agrees(stripe)


def test_a_closed_inquiry_holds_nothing(stripe: StripeStandIn, debt: StayFacts, api: SignIn) -> None:
    stripe.pay(begun(debt).provider_id)
    stripe.close_inquiry(stripe.inquire(next(iter(stripe.intents))))
    deliver_all(stripe)
    call = f"billing/payments/{Payment.objects.get().id}/refund"
    assert api("manager").post(call, {"amount": 5, "reason": "asked for it"}).status == 201


def test_what_the_bank_is_about_to_take_is_kept_for_it(stripe: StripeStandIn, debt: StayFacts, api: SignIn) -> None:
    """A chargeback of which the balance saw nothing yet: the provider refunds no more."""
    stripe.pay(begun(debt).provider_id)
    stripe.inquire(next(iter(stripe.intents)))
    told = stripe.events[-1]
    formal = told["data"]["object"] | {"status": "needs_response", "is_charge_refundable": False}
    deliver_all(stripe)
    assert deliver(stripe, told | {"id": "evt_formal", "data": {"object": formal}}) == 200
    call = f"billing/payments/{Payment.objects.get().id}"
    assert api("manager").get(call).json["refundableAmount"] == 0
    for way, body in (("refund", {"amount": 40, "reason": "x"}), ("void", {"reason": "x"})):
        with nothing_written():
            assert api("manager").post(f"{call}/{way}", body).status == 409


@pytest.mark.parametrize("order", [*itertools.permutations(range(3)), (2, 1, 0, 2, 1, 0)])
def test_an_inquiry_becomes_a_chargeback_in_any_order(
    stripe: StripeStandIn, debt: StayFacts, order: tuple[int, ...]
) -> None:
    stripe.pay(begun(debt).provider_id)
    dispute_id = stripe.inquire(next(iter(stripe.intents)))
    stripe.escalate(dispute_id)
    stripe.decide(dispute_id, "lost")
    told = [event for event in stripe.events if "dispute" in event["type"]]
    for times, index in enumerate(order):
        assert deliver(stripe, told[index] | {"id": f"evt_{times}"}) == 200
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.withdrawn, dispute.charge_refundable) == ("lost", True, False)
    assert get_balance(account=Account.CHARGEBACKS, currency="INR") == 4_000
    agrees(stripe)


def test_an_older_inquiry_does_not_hide_a_chargeback(stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.pay(begun(debt).provider_id)
    dispute_id = stripe.inquire(next(iter(stripe.intents)))
    stripe.escalate(dispute_id)
    told = [event for event in stripe.events if "dispute" in event["type"]]
    for event in reversed(told):
        deliver(stripe, event)
    assert Dispute.objects.get().status == "needs_response"


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
