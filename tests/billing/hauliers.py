"""Customers with accounts, and stays that are put on them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.billing.accounts import charge_account
from apps.billing.commands.customer_payments import PayIn, next_receipt_number, take_customer_payment
from apps.billing.commands.customers import CustomerDetails, add_customer
from apps.billing.models import Customer, CustomerKind, CustomerPayment, Payment, StayFee
from apps.core.ids import new_id
from tests.billing.conftest import CASHIER, ENTRY


def haulier(kind: str = "credit", *, limit: str = "0", topped_up: str = "0", **given: Any) -> Customer:
    """A customer with such a limit, that has paid in so much."""
    details = CustomerDetails(**{"name": "Tata", "credit_limit": Decimal(limit)} | given)
    customer = add_customer(kind=CustomerKind(kind), details=details, actor=CASHIER)
    if Decimal(topped_up):
        payment = PayIn(
            amount=Decimal(topped_up),
            method=CustomerPayment.Method.CASH,
            purpose=CustomerPayment.Purpose.TOPUP,
        )
        take_customer_payment(customer_id=customer.id, payment=payment, actor=CASHIER, at=ENTRY)
    return customer


def put_on_account(stay_id: UUID, customer: Customer) -> UUID:
    """Pay what is due for a charged stay by account; the payment's id."""
    with transaction.atomic():
        fee = StayFee.objects.select_for_update().get(stay_id=stay_id)
        assert fee.total is not None
        payment = Payment.objects.create(
            id=new_id(),
            stay=fee,
            amount=fee.total - fee.paid,
            currency=fee.currency,
            method="account",
            receipt_number=next_receipt_number(ENTRY),
            taken_at=ENTRY,
        )
        StayFee.objects.filter(stay_id=stay_id).update(paid=F("paid") + payment.amount)
        charge_account(
            customer_id=customer.id,
            amount=payment.amount,
            currency=payment.currency,
            reference=payment.id,
            at=ENTRY,
            actor=CASHIER,
            location_id=fee.location_id,
        )
    return payment.id
