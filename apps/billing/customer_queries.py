"""Reading customers, what is on their accounts, and how it came there."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from apps.core.db.statement import Statement

from .accounts import CustomerNotFound, get_available, get_owed
from .commands.permits import PermitNotFound
from .models import Customer, CustomerPayment, Permit

# A movement may have several lines on one account; reversals are movements of their own.
_MOVEMENTS = Statement("""
SELECT movement.id, occurred_at, movement.kind, reference, sum(amount)::bigint, actor_name
FROM {schema}.billing_ledgerentry entry JOIN {schema}.billing_ledgertransaction movement
    ON movement.id = entry.transaction_id
WHERE account = %(account)s AND party_id = %(customer)s AND occurred_at >= %(begin)s AND occurred_at < %(end)s
GROUP BY movement.id ORDER BY occurred_at, movement.id
""")


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer owes (below zero: paid ahead) and what can still be charged, in minor units."""

    customer: Customer
    owed: int
    available: int


class AccountMovement(msgspec.Struct, frozen=True):
    """One movement of an account: `amount` minor units more are owed, or fewer."""

    id: UUID
    occurred_at: datetime
    kind: str
    reference: UUID
    amount: int
    actor_name: str


class AccountStatement(msgspec.Struct, frozen=True, kw_only=True):
    """An account from `begin` until before `end` (UTC): opening, movements, closing, in minor units owed."""

    customer: Customer
    begin: datetime
    end: datetime
    opening: int
    movements: tuple[AccountMovement, ...]

    @property
    def closing(self) -> int:
        """What is owed at the end."""
        return self.opening + sum([movement.amount for movement in self.movements])


def list_customers(*, active: bool | None = None, search: str = "") -> QuerySet[Customer]:
    """Customers with their vehicles; `search` finds a part of a name."""
    customers = Customer.objects.prefetch_related("vehicles")
    if active is not None:
        customers = customers.filter(active=active)
    return customers.filter(name__icontains=search) if search else customers


def get_customer(*, customer_id: UUID) -> Customer:
    """Raises CustomerNotFound."""
    customer = list_customers().filter(id=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant.")
    return customer


def get_account_balance(*, customer_id: UUID) -> AccountBalance:
    """What is on an account now. Raises CustomerNotFound."""
    customer = get_customer(customer_id=customer_id)
    return AccountBalance(customer=customer, owed=get_owed(customer), available=get_available(customer))


def get_account_statement(*, customer_id: UUID, begin: datetime, end: datetime) -> AccountStatement:
    """The movements of an account in a half-open period (UTC). Raises CustomerNotFound."""
    customer = get_customer(customer_id=customer_id)
    rows = _MOVEMENTS.run({"account": customer.ledger_account, "customer": customer.id, "begin": begin, "end": end})
    return AccountStatement(
        customer=customer,
        begin=begin,
        end=end,
        opening=get_owed(customer, before=begin),
        movements=tuple(AccountMovement(*row) for row in rows),
    )


def find_customer_payment(*, receipt_number: str) -> CustomerPayment | None:
    """The payment of a customer behind a receipt, with its customer and what voided it; None for a stay's."""
    payments = CustomerPayment.objects.select_related("customer", "void")
    return payments.filter(receipt_number=receipt_number).first()


def list_permits(*, customer_id: UUID | None = None, active: bool | None = None) -> QuerySet[Permit]:
    """Permits with their vehicles."""
    permits = Permit.objects.prefetch_related("vehicles")
    if customer_id is not None:
        permits = permits.filter(customer_id=customer_id)
    return permits if active is None else permits.filter(active=active)


def get_permit(*, permit_id: UUID) -> Permit:
    """Raises PermitNotFound."""
    permit = list_permits().filter(id=permit_id).first()
    if permit is None:
        raise PermitNotFound("Check the permit's id; it is not one of this tenant.")
    return permit
