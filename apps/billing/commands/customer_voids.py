"""Undoing a customer's payment: what it paid is owed again, or no longer paid ahead."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.billing.ledger.movements import CUSTOMER_PAID, CUSTOMER_PAYMENT_VOIDED
from apps.billing.ledger.posting import reverse
from apps.billing.models import Customer, CustomerPayment, CustomerPaymentVoid
from apps.core import audit, reach
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.money import minor_to_decimal

from .shifts.holding import drawer_of


class CustomerPaymentNotFound(NotFound):
    code, title = "payment_not_found", "There is no such payment of this customer"


class CustomerPaymentVoided(Conflict):
    code, title = "voided_already", "This payment was voided already"


@transaction.atomic
def void_customer_payment(
    *, customer_id: UUID, payment_id: UUID, reason: str, actor: Actor, at: datetime, shift_id: UUID | None = None
) -> CustomerPaymentVoid:
    """Undo a customer's payment at `at` (UTC), on whichever day: a bank takes money back after weeks.

    Its receipt keeps its number, what it paid of an invoice is outstanding again, and cash leaves a drawer
    (`drawer_of`). Money that was spent from a prepaid account is then owed.

    Raises CustomerPaymentNotFound, CustomerPaymentVoided, ShiftNotFound, ShiftCounted, Invalid, OutsideYourLocations.
    """
    reach.require(None)
    if not reason.strip():
        raise Invalid.field("reason", "required", "Say why the payment is undone.")
    payment = CustomerPayment.objects.filter(id=payment_id, customer_id=customer_id).first()
    if payment is None:
        raise CustomerPaymentNotFound("Check the payment's id; it is not one of this customer.")
    drawer = drawer_of(payment, shift_id=shift_id, actor=actor, at=at)
    Customer.objects.select_for_update().get(id=customer_id)
    if CustomerPaymentVoid.objects.filter(payment=payment).exists():
        raise CustomerPaymentVoided("It is undone; take the money anew where it came after all.")
    void = CustomerPaymentVoid.objects.create(
        payment=payment,
        reason=reason.strip(),
        voided_by=actor.id,
        voided_by_name=actor.name,
        voided_at=at,
        shift_id=drawer.id if drawer else None,
    )
    reverse(
        kind=CUSTOMER_PAYMENT_VOIDED,
        reference=payment.id,
        of_kind=CUSTOMER_PAID,
        of_reference=payment.id,
        at=at,
        actor=actor,
        cash_of=drawer.cashier_id if drawer else None,
    )
    told = {
        "customerId": customer_id,
        "amount": minor_to_decimal(payment.amount, payment.currency),
        "reason": void.reason,
    }
    subject = audit.Subject("customer_payment", payment.id)
    after = told | {"receiptNumber": payment.receipt_number}
    audit.record("customer.payment_voided", subject, actor=actor, after=after)
    return void
