"""Random orders of asking, paying, hearing, polling, cash, refunds and disputes, with answers lost on the way.

However they fall: the provider's balance, the books and the ledger say the same, and nobody is left having paid more
than the fee.
"""

import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.billing.commands.counting import TakePayment
from apps.billing.commands.payments import take_payment
from apps.billing.commands.refunds import refund_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.ledger.checks import find_disagreements
from apps.billing.ledger.missing import post_missing
from apps.billing.models import OnlinePayment, Payment, Refund, RefundSending, StayFee
from apps.billing.online.hearing import hear_event
from apps.billing.online.polling import poll
from apps.billing.online.sendings import retry_refund
from apps.billing.online.starting import start_online_payment, submit_online_payment
from apps.billing.public import StayFacts
from apps.core import clock
from apps.core.errors import DomainError

from .conftest import CASHIER, Yard, charge, make_rate
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

pytestmark = pytest.mark.usefixtures("in_acme")
STEPS = 30


class World:
    """One stay of 40.00, one payer, one provider, and dice."""

    def __init__(self, stay: StayFacts, stripe: StripeStandIn, seed: int) -> None:
        self.stay, self.stripe, self.dice = stay, stripe, random.Random(seed)
        self.at = clock.now()

    def step(self) -> None:
        """Something happens, and perhaps an answer is lost."""
        self.at += timedelta(seconds=self.dice.choice([1, 30, 90, 600]))
        act = self.dice.choice(
            [self.ask, self.submit, self.pay, self.pay, self.decline, self.hear, self.hear, self.poll, self.cash,
             self.refund, self.retry, self.dispute, self.decide, self.come_back, self.lose]
        )  # fmt: skip
        with suppress(DomainError):
            act()

    def lose(self) -> None:
        self.stripe.faults.extend(["lost"] * 3 if self.dice.random() < 0.3 else [self.dice.choice(["lost", 429])])

    def ask(self) -> None:
        payment = TakePayment(method="online", amount=Decimal(40))
        start_online_payment(stay_id=self.stay.stay_id, payment=payment, actor=CASHIER, at=self.at)

    def submit(self) -> None:
        for online in OnlinePayment.objects.filter(status="created"):
            submit_online_payment(online_id=online.id, at=self.at)

    def pay(self) -> None:
        known = [online.provider_id for online in OnlinePayment.objects.exclude(provider_id="")]
        if known:  # nobody else was given a client secret
            self.stripe.pay(self.dice.choice(known))

    def decline(self) -> None:
        if self.stripe.intents:
            self.stripe.decline(self.dice.choice(list(self.stripe.intents)))

    def hear(self) -> None:
        if self.stripe.events:
            payload, signature = self.stripe.signed(self.dice.choice(self.stripe.events))
            hear_event(payload=payload, signature=signature, at=self.at)

    def poll(self) -> None:
        poll(at=self.at)

    def cash(self) -> None:
        payment = TakePayment(method="cash", amount=Decimal(40))
        take_payment(stay_id=self.stay.stay_id, payment=payment, actor=CASHIER, at=self.at)

    def refund(self) -> None:
        payments = list(Payment.objects.all())
        if payments:
            amount = Decimal(self.dice.choice([5, 20, 40]))
            chosen = self.dice.choice(payments)
            refund_payment(payment_id=chosen.id, amount=amount, reason="x", actor=CASHIER, at=self.at)

    def retry(self) -> None:
        for sending in RefundSending.objects.filter(status="failed"):
            retry_refund(refund_id=sending.refund_id, actor=CASHIER, at=self.at)

    def dispute(self) -> None:
        paid = [id for id, one in self.stripe.intents.items() if one["status"] == "succeeded"]
        if paid and not self.stripe.disputes:
            self.stripe.dispute(self.dice.choice(paid))

    def decide(self) -> None:
        for id in self.stripe.disputes:
            self.stripe.decide(id, self.dice.choice(["won", "lost"]))

    def come_back(self) -> None:
        if self.stripe.refunds and self.dice.random() < 0.3:
            self.stripe.fail_refund(self.dice.choice(list(self.stripe.refunds)))

    def settle(self) -> None:
        """The network is well again, and all that was told arrives, twice and backwards."""
        self.stripe.faults.clear()
        for _ in range(3):
            self.retry()
            self.at += timedelta(minutes=40)
            poll(at=self.at)
            for event in [*reversed(self.stripe.events), *self.stripe.events]:
                payload, signature = self.stripe.signed(event)
                hear_event(payload=payload, signature=signature, at=self.at)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_money_adds_up(yard: Yard, stripe: StripeStandIn, seed: int) -> None:
    make_rate()
    stay = yard.stay(hours=2)
    charge(stay)
    world = World(stay, stripe, seed)
    for _ in range(STEPS):
        world.step()
    world.settle()
    post_missing()
    assert list(find_disagreements()) == []
    assert get_balance(account=Account.ONLINE_CLEARING, currency="INR") == stripe.net("INR")
    assert get_balance(account=Account.REFUNDS_PAYABLE, currency="INR") == 0
    assert get_balance(account=Account.DISPUTED, currency="INR") in (0, 4_000)
    assert StayFee.objects.get().paid in (0, 4_000)
    succeeded = {id for id, intent in stripe.intents.items() if intent["status"] == "succeeded"}
    assert {payment.reference for payment in Payment.objects.filter(method="online")} == succeeded
    sent = sum([refund.amount for refund in Refund.objects.filter(payment__method="online")])
    assert sent == sum([one["amount"] for one in stripe.refunds.values() if one["status"] != "failed"])
