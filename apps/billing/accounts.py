"""Customers' accounts: whose a stay is, what is on an account, and what may still be put on it.

What an account holds is its part of the ledger. Charges to one account queue up behind the customer's row, so that two
never both find the last of it; that row comes after the stay's account and the receipt sequence (docs/locking.md).
"""

from datetime import datetime
from uuid import UUID

from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events.publish import NotInTransaction
from apps.core.money import minor_to_decimal

from .ledger.chart import Account
from .ledger.lines import Line
from .ledger.movements import PAYMENT_TAKEN
from .ledger.posting import post
from .models import AccountCharge, Customer
from .plates import key_of
from .stays import StayFacts


class CustomerNotFound(NotFound):
    code, title = "customer_not_found", "There is no such customer here"


class NoAccount(Conflict):
    code, title = "no_account", "No customer has an account for this vehicle"


class CustomerAmbiguous(Conflict):
    code, title = "customer_ambiguous", "More than one customer has an account for this vehicle"


class CustomerInactive(Conflict):
    code, title = "customer_inactive", "This customer's account is closed"


class AccountLimitExceeded(Conflict):
    code, title = "account_limit_exceeded", "The customer's account does not go so far"


_OWED = Statement("""
SELECT coalesce(sum(amount), 0) FROM {schema}.billing_ledgerentry entry
WHERE account = %(account)s AND party_id = %(customer)s AND (%(before)s::timestamptz IS NULL OR EXISTS (
    SELECT FROM {schema}.billing_ledgertransaction movement
    WHERE movement.id = entry.transaction_id AND movement.occurred_at < %(before)s))
""")


def haulier_key(name: str) -> str:
    """What names of hauliers are compared by: without case and spaces."""
    return "".join(name.casefold().split())


def find_payer(*, stay: StayFacts, customer_id: UUID | None = None) -> Customer:
    """Whose account a stay is for: the customer named, else the one with its plate, else the one of its haulier.

    Raises CustomerNotFound, CustomerInactive, NoAccount, CustomerAmbiguous naming the customers.
    """
    if customer_id is not None:
        return _usable(Customer.objects.filter(id=customer_id).first())
    active = Customer.objects.filter(active=True).order_by("name", "id")
    found = list(active.filter(vehicles__plate_key=key_of(stay.vehicle_number))) if stay.vehicle_number else []
    haulier = haulier_key(stay.transport_name)
    if not found and haulier:
        found = list(active.filter(transport_keys__contains=[haulier]))
    if not found:
        raise NoAccount("Take the payment otherwise, or name the customer.")
    if len(found) > 1:
        named = [{"id": customer.id, "name": customer.name} for customer in found]
        raise CustomerAmbiguous("Name the customer that pays.", facts={"customers": named})
    return found[0]


def charge_account(
    *, customer_id: UUID, amount: int, currency: str, reference: UUID, at: datetime, actor: Actor,
    location_id: UUID | None = None,
) -> AccountCharge:  # fmt: skip
    """Put the payment `reference` of a stay on a customer's account and post it, in the caller's transaction.

    Call it when the payment is recorded: its locks come first. The ledger then has its PAYMENT_TAKEN with the customer
    as party, and what the relay brings later is posted already; refunds find the account by themselves.

    Raises NotInTransaction, CustomerNotFound, CustomerInactive, Invalid for another currency, AccountLimitExceeded
    naming what is `available`; the caller then rolls back.
    """
    customer = lock_customer(customer_id)
    if currency != customer.currency:
        raise Invalid.field("currency", "currency_mismatch", f"This account is in {customer.currency}.")
    available = get_available(customer)
    if amount > available:
        left = minor_to_decimal(max(available, 0), currency)
        raise AccountLimitExceeded(
            f"{left} {currency} can be charged to {customer.name}.", facts={"available": left, "currency": currency}
        )
    charge = AccountCharge.objects.create(
        customer=customer,
        of=AccountCharge.Of.PAYMENT,
        reference=reference,
        amount=amount,
        currency=currency,
        charged_at=at,
    )
    post(
        kind=PAYMENT_TAKEN,
        reference=reference,
        lines=(
            Line(account=customer.ledger_account, amount=amount, currency=currency, party_id=customer.id),
            Line(account=Account.STAYS_RECEIVABLE, amount=-amount, currency=currency),
        ),
        at=at,
        actor=actor,
        location_id=location_id,
    )
    return charge


def lock_customer(customer_id: UUID) -> Customer:
    """A customer whose account is open, its row locked until the caller's transaction ends.

    Raises NotInTransaction, CustomerNotFound, CustomerInactive.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("charge an account inside the transaction of what it is charged for")
    return _usable(Customer.objects.select_for_update().filter(id=customer_id).first())


def get_owed(customer: Customer, *, before: datetime | None = None) -> int:
    """What a customer owes now, or owed `before` an instant, in minor units; below zero: the operator holds its money.

    The whole account counts, however few locations the one who asks looks after.
    """
    parameters = {"account": customer.ledger_account, "customer": customer.id, "before": before}
    return int(_OWED.run(parameters)[0][0])


def get_available(customer: Customer) -> int:
    """What can still be charged, in minor units; below zero where a limit was lowered since."""
    return customer.credit_limit - get_owed(customer)


def _usable(customer: Customer | None) -> Customer:
    if customer is None:
        raise CustomerNotFound("Check the customer's id; it is not one of this tenant.")
    if not customer.active:
        raise CustomerInactive(f"The account of {customer.name} is closed; take the payment otherwise.")
    return customer
