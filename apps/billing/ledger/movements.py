"""What billing's own facts mean for the accounts: a fee, a payment, money from a customer."""

from uuid import UUID

import msgspec

from apps.billing.models import AccountCharge, CustomerPayment, Payment, StayFee

from .chart import PAID_INTO, Account
from .lines import Line, Posting, balanced

STAY_CHARGED = "stay_charged"
PAYMENT_TAKEN = "payment_taken"
PAYMENT_REFUNDED = "payment_refunded"
PAYMENT_VOIDED = "payment_voided"
CUSTOMER_PAID = "customer_paid"
CUSTOMER_PAYMENT_VOIDED = "customer_payment_voided"


def stay_charged(fee: StayFee) -> Posting | None:
    """A priced stay is owed for; None for one without a price, or that cost nothing in any part."""
    if fee.total is None or not (fee.base or fee.penalty or fee.discount or fee.tax):
        return None
    amounts = {
        Account.STAYS_RECEIVABLE: fee.total,
        Account.REVENUE_PARKING: -(fee.base or 0),
        Account.REVENUE_PENALTIES: -(fee.penalty or 0),
        Account.DISCOUNTS: fee.discount or 0,
        Account.TAX_PAYABLE: -(fee.tax or 0),
    }
    return balanced(
        Posting(
            kind=STAY_CHARGED,
            reference=fee.stay_id,
            occurred_at=fee.charged_at,
            lines=tuple(Line(account=name, amount=minor, currency=fee.currency) for name, minor in amounts.items()),
            location_id=fee.location_id,
            actor_id=None,
            actor_name="",
        )
    )


def payment_taken(payment: Payment) -> Posting:
    """Money came in for a stay; `payment.stay` is read with it."""
    return balanced(
        Posting(
            kind=PAYMENT_TAKEN,
            reference=payment.id,
            occurred_at=payment.taken_at,
            lines=_lines(payment, amount=payment.amount, against=Account.STAYS_RECEIVABLE, holder=payment.taken_by),
            location_id=payment.stay.location_id,
            actor_id=payment.taken_by,
            actor_name=payment.taken_by_name,
        )
    )


def customer_paid(payment: CustomerPayment) -> Posting:
    """A customer paid into its account, or towards what it owes; `payment.customer` is read with it."""
    holder = payment.taken_by if payment.method == "cash" else None
    customer, amount, currency = payment.customer, payment.amount, payment.currency
    return balanced(
        Posting(
            kind=CUSTOMER_PAID,
            reference=payment.id,
            occurred_at=payment.taken_at,
            lines=(
                Line(account=PAID_INTO[payment.method], amount=amount, currency=currency, party_id=holder),
                Line(account=customer.ledger_account, amount=-amount, currency=currency, party_id=customer.id),
            ),
            location_id=None,
            actor_id=payment.taken_by,
            actor_name=payment.taken_by_name,
        )
    )


def refund_lines(payment: Payment, *, amount: int, surplus: int, given_by: UUID | None) -> tuple[Line, ...]:
    """`amount` minor units leave where the payment's money went; cash leaves the drawer of `given_by`.

    Money that the provider still has to send back is owed until then.

    The part that is `surplus` was owed to who paid it; the rest is the operator's expense.
    """
    leaves, lost = _lines(payment, amount=-amount, against=Account.REFUNDS, holder=given_by)
    if payment.method == "online":
        leaves = msgspec.structs.replace(leaves, account=Account.REFUNDS_PAYABLE)  # until the provider has sent it
    owed = Line(account=Account.STAYS_RECEIVABLE, amount=surplus, currency=payment.currency)
    return leaves, msgspec.structs.replace(lost, amount=amount - surplus), owed


def _lines(payment: Payment, *, amount: int, against: Account, holder: UUID | None) -> tuple[Line, ...]:
    account, party_id = _landing(payment, holder)
    return (
        Line(account=account, amount=amount, currency=payment.currency, party_id=party_id),
        Line(account=against, amount=-amount, currency=payment.currency),
    )


def _landing(payment: Payment, holder: UUID | None) -> tuple[str, UUID | None]:
    """The account that a payment is on, and whose part of it."""
    if payment.method == "account":
        charges = AccountCharge.objects.select_related("customer")
        customer = charges.get(of=AccountCharge.Of.PAYMENT, reference=payment.id).customer
        return customer.ledger_account, customer.id
    return PAID_INTO[payment.method], holder if payment.method == "cash" else None
