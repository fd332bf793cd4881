"""Stripe's webhooks: heard where they are signed, taken where they cannot be read, left where they are not ours."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.billing.models import Dispute, Payment
from apps.billing.public import StayFacts
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.refusals import nothing_written

from .online import WEBHOOK, begun, deliver, deliver_all
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import SECRET, StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


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


@pytest.mark.parametrize("length", [100, 101, 255, 256, 5_000])
def test_ids_of_any_length_are_heard_once(stripe: StripeStandIn, debt: StayFacts, length: int) -> None:
    intent = begun(debt).provider_id
    stripe.pay(intent)
    event = stripe.events[-1] | {"id": "evt_" + "x" * (length - 4)}
    assert deliver(stripe, event) == 200
    with nothing_written():
        assert deliver(stripe, event) == 200
    assert Payment.objects.get().reference == intent


def test_long_ids_of_intents_and_disputes_fit(stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.prefix = "x" * 200
    intent = begun(debt).provider_id
    stripe.pay(intent)
    stripe.dispute(intent)
    deliver_all(stripe)
    assert (Payment.objects.get().reference, len(intent) > 200) == (intent, True)
    assert Dispute.objects.get().withdrawn


def test_each_endpoints_secret_is_good(stripe: StripeStandIn, debt: StayFacts, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_of_connected {SECRET}"
    stripe.pay(begun(debt).provider_id)
    deliver_all(stripe)
    assert Payment.objects.count() == 1
