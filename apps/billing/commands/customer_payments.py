"""Money from customers: into their account, or towards what they owe."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from apps.billing.accounts import CustomerNotFound
from apps.billing.amounts import minor_amount
from apps.billing.invoice_queries import list_invoices
from apps.billing.ledger.movements import customer_paid
from apps.billing.ledger.posting import post_all
from apps.billing.models import Customer, CustomerKind, CustomerPayment, Invoice
from apps.core import audit, tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .shifts.holding import find_open_shift

_NUMBER = Statement("""
INSERT INTO {schema}.billing_receiptsequence AS sequence (year, last) VALUES (%(year)s, 1)
ON CONFLICT (year) DO UPDATE SET last = sequence.last + 1
RETURNING last
""")


class PayIn(msgspec.Struct, frozen=True, kw_only=True):
    """Money on the counter or in the bank: `amount` in the customer's currency, as an exact decimal."""

    amount: Decimal
    method: CustomerPayment.Method
    purpose: CustomerPayment.Purpose
    currency: str | None = None
    reference: str = ""
    invoice_id: UUID | None = None


class NotPrepaid(Conflict):
    code, title = "not_prepaid", "This customer pays by invoice and has no money with us to top up"


class MoreThanOutstanding(Conflict):
    code, title = "more_than_outstanding", "More would be paid than is outstanding of the invoice"


@transaction.atomic
def take_customer_payment(*, customer_id: UUID, payment: PayIn, actor: Actor, at: datetime) -> CustomerPayment:
    """Take money from a customer at `at` (UTC), give it a receipt number and post it.

    A closed account takes money too: what is owed is still owed. Money for an invoice lowers what is outstanding of it.
    Raises CustomerNotFound, NotPrepaid for a top-up of a customer who pays by invoice, MoreThanOutstanding naming what
    is, Invalid.
    """
    customer = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant.")
    amount = _amount(payment, customer.currency)
    if payment.purpose == CustomerPayment.Purpose.TOPUP:
        if customer.kind != CustomerKind.PREPAID:
            raise NotPrepaid("Take it with the purpose invoice.")
        if payment.invoice_id is not None:
            raise Invalid.field("invoiceId", "superfluous", "A top-up is for no invoice.")
    held = find_open_shift(cashier_id=actor.id, at=at) if payment.method == CustomerPayment.Method.CASH else None
    number = next_receipt_number(at)
    if payment.invoice_id is not None:
        _require_outstanding(customer, payment.invoice_id, amount)
    taken = CustomerPayment.objects.create(
        id=new_id(),
        customer=customer,
        amount=amount,
        currency=customer.currency,
        method=payment.method,
        reference=payment.reference,
        purpose=payment.purpose,
        invoice_id=payment.invoice_id,
        receipt_number=number,
        taken_by=actor.id,
        taken_by_name=actor.name,
        taken_at=at,
        shift_id=held.id if held and held.currency == customer.currency else None,
    )
    post_all(postings=[customer_paid(taken)])
    told = {"customerId": customer.id, "amount": minor_to_decimal(amount, taken.currency), "method": taken.method}
    subject = audit.Subject("customer_payment", taken.id)
    audit.record("customer.paid", subject, actor=actor, after=told | {"receiptNumber": taken.receipt_number})
    return taken


def _require_outstanding(customer: Customer, invoice_id: UUID, amount: int) -> None:
    """Hold an amount against what is outstanding of a customer's invoice, the customer's row being locked first.

    Raises Invalid for what is no invoice of this customer, MoreThanOutstanding; nothing is outstanding of an invoice
    that is paid or credited.
    """
    Customer.objects.select_for_update().get(id=customer.id)
    invoice = list_invoices().filter(id=invoice_id, customer=customer, kind=Invoice.Kind.INVOICE).first()
    if invoice is None:
        raise Invalid.field("invoiceId", "unknown_invoice", "Name an invoice of this customer.")
    if amount > invoice.outstanding:
        left = minor_to_decimal(max(invoice.outstanding, 0), customer.currency)
        raise MoreThanOutstanding(
            f"{left} {customer.currency} is outstanding of {invoice.number}; take the rest without naming it.",
            facts={"outstanding": left, "currency": customer.currency},
        )


def _amount(payment: PayIn, currency: str) -> int:
    if payment.currency is not None and payment.currency != currency:
        raise Invalid.field("currency", "currency_mismatch", f"This account is in {currency}.")
    return minor_amount(payment.amount, currency, field="amount")


def next_receipt_number(at: datetime) -> str:
    """The next number of the tenant's year; its sequence is locked until the caller's transaction ends."""
    tenant = tenancy.current()
    year = at.astimezone(ZoneInfo(tenant.timezone)).year
    last: int = _NUMBER.run({"year": year})[0][0]
    return f"{tenant.slug.upper()}-{year}-{last:06d}"
