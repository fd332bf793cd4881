"""What clients send to and get from the API of customers and their accounts."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from apps.billing.commands.customer_payments import PayIn
from apps.billing.commands.customers import CustomerDetails
from apps.billing.customer_queries import AccountBalance, AccountStatement
from apps.billing.models import Customer, CustomerKind, CustomerPayment
from apps.core.api import Answer, Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import Page, PageQuery
from apps.core.money import minor_to_decimal

Name = Annotated[str, Meta(max_length=200)]
Names = Annotated[tuple[Name, ...], Meta(max_length=200)]
Plates = Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=2_000)]


class CustomerChange(Body, frozen=True, kw_only=True):
    """What to change of a customer; what is left out stays, and lists are replaced whole."""

    name: Name | None = None
    transport_names: Names | None = None
    vehicles: Plates | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    address: Annotated[str, Meta(max_length=1_000)] | None = None
    tax_id: Annotated[str, Meta(max_length=40)] | None = None
    language: Annotated[str, Meta(max_length=10)] | None = None
    credit_limit: Decimal | None = None
    active: bool | None = None
    invoice_monthly: bool | None = None

    def details(self) -> CustomerDetails:
        """As the command takes it."""
        return CustomerDetails(**{name: getattr(self, name) for name in CustomerDetails.__struct_fields__})


class NewCustomer(CustomerChange, frozen=True, kw_only=True):
    """A customer: `credit` pays by invoice up to the limit, `prepaid` out of what was paid in before."""

    kind: Literal["credit", "prepaid"]


class ListCustomers(PageQuery, frozen=True, kw_only=True):
    """Customers by name."""

    active: bool | None = None
    q: Annotated[str, Meta(max_length=100)] = ""


class ReadStatement(Body, frozen=True, kw_only=True):
    """A half-open period."""

    from_: Instant = msgspec.field(name="from")
    to: Instant


class PayInto(Body, frozen=True, kw_only=True):
    """Money from a customer: a top-up of a prepaid account, or towards what is owed (`invoice`)."""

    amount: Decimal
    method: Literal["cash", "card", "upi", "online", "bank_transfer"]
    purpose: Literal["topup", "invoice"]
    currency: str | None = None
    reference: Annotated[str, Meta(max_length=200)] = ""
    invoice_id: UUID | None = None

    def payment(self) -> PayIn:
        """As the command takes it."""
        return PayIn(
            amount=self.amount,
            method=CustomerPayment.Method(self.method),
            purpose=CustomerPayment.Purpose(self.purpose),
            currency=self.currency,
            reference=self.reference,
            invoice_id=self.invoice_id,
        )


class CustomerAnswer(Answer, frozen=True, kw_only=True):
    """A customer; `version` is its ETag."""

    id: UUID
    name: str
    kind: str
    transport_names: tuple[str, ...]
    vehicles: tuple[str, ...]
    email: str
    address: str
    tax_id: str
    language: str
    currency: str
    credit_limit: Decimal
    active: bool
    invoice_monthly: bool
    version: int


class CustomerPage(Page, frozen=True, kw_only=True):
    """A page of customers."""

    items: tuple[CustomerAnswer, ...]


class CustomerBalance(Answer, frozen=True, kw_only=True):
    """`balance` is what the customer owes, below zero what it has paid ahead; `available` can still be charged."""

    customer_id: UUID
    kind: str
    balance: Decimal
    available: Decimal
    credit_limit: Decimal
    currency: str


class CustomerMovement(Answer, frozen=True, kw_only=True):
    """A movement of the ledger on the account; a positive `amount` is owed, a negative one was paid or given back."""

    id: UUID
    occurred_at: datetime
    kind: str
    reference: UUID
    amount: Decimal
    actor_name: str


class CustomerStatement(Answer, frozen=True, kw_only=True):
    """`closing_balance` is exactly the opening one and the movements of `from` until before `to`."""

    customer_id: UUID
    from_: datetime = msgspec.field(name="from")
    to: datetime
    currency: str
    opening_balance: Decimal
    movements: tuple[CustomerMovement, ...]
    closing_balance: Decimal


class CustomerPaymentAnswer(Answer, frozen=True, kw_only=True):
    """Money that was taken from a customer."""

    id: UUID
    customer_id: UUID
    amount: Decimal
    currency: str
    method: str
    reference: str
    purpose: str
    invoice_id: UUID | None
    receipt_number: str
    taken_by: UUID | None
    taken_by_name: str
    taken_at: datetime


def kind_of(body: NewCustomer) -> CustomerKind:
    """As the command takes it."""
    return CustomerKind(body.kind)


def customer_answer(customer: Customer) -> CustomerAnswer:
    """A customer as the API shows it."""
    return CustomerAnswer(
        id=customer.id,
        name=customer.name,
        kind=customer.kind,
        transport_names=tuple(customer.transport_names),
        vehicles=tuple(sorted(vehicle.vehicle_number for vehicle in customer.vehicles.all())),
        email=customer.email,
        address=customer.address,
        tax_id=customer.tax_id,
        language=customer.language,
        currency=customer.currency,
        credit_limit=minor_to_decimal(customer.credit_limit, customer.currency),
        active=customer.active,
        invoice_monthly=customer.invoice_monthly,
        version=customer.version,
    )


def balance_answer(account: AccountBalance) -> CustomerBalance:
    """An account's balance as the API shows it."""
    customer = account.customer
    return CustomerBalance(
        customer_id=customer.id,
        kind=customer.kind,
        balance=minor_to_decimal(account.owed, customer.currency),
        available=minor_to_decimal(account.available, customer.currency),
        credit_limit=minor_to_decimal(customer.credit_limit, customer.currency),
        currency=customer.currency,
    )


def statement_answer(statement: AccountStatement) -> CustomerStatement:
    """A statement as the API shows it."""
    currency = statement.customer.currency
    return CustomerStatement(
        customer_id=statement.customer.id,
        from_=statement.begin,
        to=statement.end,
        currency=currency,
        opening_balance=minor_to_decimal(statement.opening, currency),
        movements=tuple(
            CustomerMovement(
                id=movement.id,
                occurred_at=movement.occurred_at,
                kind=movement.kind,
                reference=movement.reference,
                amount=minor_to_decimal(movement.amount, currency),
                actor_name=movement.actor_name,
            )
            for movement in statement.movements
        ),
        closing_balance=minor_to_decimal(statement.closing, currency),
    )


def payment_answer(payment: CustomerPayment) -> CustomerPaymentAnswer:
    """A customer's payment as the API shows it."""
    return CustomerPaymentAnswer(
        id=payment.id,
        customer_id=payment.customer_id,
        amount=minor_to_decimal(payment.amount, payment.currency),
        currency=payment.currency,
        method=payment.method,
        reference=payment.reference,
        purpose=payment.purpose,
        invoice_id=payment.invoice_id,
        receipt_number=payment.receipt_number,
        taken_by=payment.taken_by,
        taken_by_name=payment.taken_by_name,
        taken_at=payment.taken_at,
    )
