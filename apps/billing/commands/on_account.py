"""Payments that go on a customer's account."""

from uuid import UUID

from apps.billing.accounts import charge_account, find_payer
from apps.billing.models import StayFee
from apps.billing.models.payments import Method
from apps.billing.stays import StayFacts, get_stay
from apps.core.actor import Actor

from .counting import TakePayment
from .taking import TakenPayment


def find_paying_customer(payment: TakePayment | None, *, stay: StayFacts | StayFee) -> UUID | None:
    """Whose account a payment is to go on; None where it goes on none.

    Raises CustomerNotFound, CustomerInactive, NoAccount, CustomerAmbiguous.
    """
    if payment is None or payment.method != Method.ACCOUNT:
        return None
    facts = stay if isinstance(stay, StayFacts) else get_stay(stay.stay_id)
    return find_payer(stay=facts, customer_id=payment.customer_id).id


def charge_customer(taken: TakenPayment | None, customer_id: UUID | None, *, actor: Actor) -> None:
    """Put a payment that has just been recorded on the customer's account, if it is to go on one.

    Raises AccountLimitExceeded, CustomerInactive, Invalid for an account in another currency; the caller rolls back.
    """
    if taken is not None and customer_id is not None:
        charge_account(
            customer_id=customer_id,
            amount=taken.amount,
            currency=taken.currency,
            reference=taken.id,
            at=taken.taken_at,
            actor=actor,
            location_id=taken.location_id,
        )
