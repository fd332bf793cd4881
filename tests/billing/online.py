"""What tests of payments online share: the stand-in, a debt, and the ways to begin, to deliver and to compare."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import OnlinePayment
from apps.billing.online.starting import start_online_payment, submit_online_payment
from apps.billing.public import StayFacts
from apps.core import clock

from .conftest import CASHIER, Yard, charge, make_rate
from .stripe_standin import SECRET, StripeStandIn

WEBHOOK = "/api/v1/billing/payments/webhooks/stripe"


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeStandIn]:
    """A provider with an account of ours."""
    provider = StripeStandIn()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_stand_in", SECRET
    settings.STRIPE_API_BASE, settings.STRIPE_PUBLISHABLE_KEY = provider.base, "pk_test_stand_in"
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
