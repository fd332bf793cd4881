"""Money that was paid online goes back by Stripe: once, whatever is lost, and again where it came back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.billing.commands.refunds import refund_payment, void_payment
from apps.billing.ledger import Account, get_balance
from apps.billing.models import Payment, RefundSending, StayFee
from apps.billing.online.polling import poll
from apps.billing.online.sendings import NothingToRetry, retry_refund, submit_refund
from apps.billing.online.stripe_api import ProviderDown
from apps.billing.public import StayFacts
from apps.core import clock
from tests.factories.api import Api
from tests.refusals import nothing_written

from .conftest import CASHIER
from .online import agrees, begun, deliver_all
from .online import debt as debt
from .online import stripe as stripe
from .stripe_standin import StripeStandIn

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")


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
