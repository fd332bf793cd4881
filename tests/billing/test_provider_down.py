"""A provider that is down or slow holds up nobody: what waits is refused soon and knows when to come back."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.models import OnlinePayment, Payment
from apps.billing.online.polling import Vain, poll
from apps.billing.online.starting import submit_online_payment
from apps.billing.online.waiting import ASKED_EVERY_SECONDS, BUDGET_SECONDS, DOWN_AFTER, failures_key
from apps.billing.public import StayFacts
from apps.core import clock
from apps.core.redis_client import client
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

from .online import begun, start
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


@pytest.mark.parametrize("fault", ["hang", "trickle", "reset", "dropped", 500, 503])
def test_who_waits_is_refused_within_the_budget_and_nothing_is_taken(
    api: SignIn, stripe: StripeStandIn, debt: StayFacts, fault: Any
) -> None:
    online, cashier = begun(debt), api()
    stripe.faults.append(fault)
    before = time.monotonic()
    with nothing_written():
        refused = cashier.get(f"billing/payments/online/{online.id}")
    took = time.monotonic() - before
    print(f"{fault}: {took:.2f} s")
    assert_problem(refused, 503, "provider_unavailable")
    assert refused["Retry-After"] == "10"
    assert took < BUDGET_SECONDS + 2  # and what the platform itself takes on a busy machine
    assert Payment.objects.count() == 0
    assert cashier.get(f"billing/payments/online/{online.id}").status == 200


def test_a_dead_provider_is_not_asked_by_each_request(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    online, cashier = begun(debt), api()
    call = f"billing/payments/online/{online.id}"
    stripe.faults.extend([500] * 1000)
    for _ in range(DOWN_AFTER):
        assert cashier.get(call).status == 503
    asked = len(stripe.faults)
    before = time.monotonic()
    answers = [cashier.get(call) for _ in range(10)]
    print(f"a refusal while it is down: {(time.monotonic() - before) / 10 * 1000:.1f} ms")
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(503, "provider_unavailable")}
    assert {answer["Retry-After"] for answer in answers[1:]} == {str(ASKED_EVERY_SECONDS)}
    assert asked - len(stripe.faults) == 1  # one finds out whether it is back
    stripe.faults.clear()
    stripe.pay(online.provider_id)
    poll(at=clock.now() + timedelta(minutes=2))  # what works in the background asks all the same
    assert client().get(failures_key(stripe.base)) is None
    assert cashier.get(call).json["status"] == "succeeded"


def test_one_finds_out_when_it_is_back(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    online, cashier = begun(debt), api()
    call = f"billing/payments/online/{online.id}"
    client().set(failures_key(stripe.base), DOWN_AFTER, ex=60)
    assert cashier.get(call).status == 200
    assert client().get(failures_key(stripe.base)) is None


def test_tasks_keep_their_tries(stripe: StripeStandIn, debt: StayFacts) -> None:
    online = start(debt)
    client().set(failures_key(stripe.base), DOWN_AFTER, ex=60)
    stripe.faults.extend([500, "reset"])
    submit_online_payment(online_id=online.id, at=clock.now())
    assert len(stripe.intents) == 1


def test_a_round_of_the_poll_leaves_a_dead_provider_alone(stripe: StripeStandIn, debt: StayFacts) -> None:
    for _ in range(DOWN_AFTER + 2):
        begun(debt)
    asked = len(stripe.asked)
    stripe.faults.extend(["dropped"] * 1000)
    vain = Vain()
    poll(at=clock.now(), vain=vain)
    assert vain.is_enough
    assert 1000 - len(stripe.faults) == DOWN_AFTER * 3  # each with the client's own tries
    assert len(stripe.asked) == asked
    stripe.faults.clear()
    poll(at=clock.now() + timedelta(minutes=1))
    assert OnlinePayment.objects.filter(status="canceled").count() == DOWN_AFTER + 1


def test_asking_for_a_payment_needs_no_provider(api: SignIn, stripe: StripeStandIn, debt: StayFacts) -> None:
    stripe.faults.extend(["hang"] * 3)
    body = {"entryId": str(debt.stay_id), "amount": 40, "currency": "INR", "method": "online"}
    assert api().post("billing/payments", body).status == 202
    assert len(stripe.faults) == 3
