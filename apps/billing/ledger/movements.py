"""What billing's own facts mean for the accounts: a fee, a payment."""

from uuid import UUID

from apps.billing.models import Payment, StayFee

from .chart import PAID_INTO, Account
from .lines import Line, Posting, balanced

STAY_CHARGED = "stay_charged"
PAYMENT_TAKEN = "payment_taken"
PAYMENT_REFUNDED = "payment_refunded"
PAYMENT_VOIDED = "payment_voided"


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


def refund_lines(payment: Payment, *, amount: int, given_by: UUID | None) -> tuple[Line, ...]:
    """`amount` minor units leave where the payment's money went; cash leaves the drawer of `given_by`."""
    return _lines(payment, amount=-amount, against=Account.REFUNDS, holder=given_by)


def _lines(payment: Payment, *, amount: int, against: Account, holder: UUID | None) -> tuple[Line, ...]:
    party_id = holder if payment.method == "cash" else None
    return (
        Line(account=PAID_INTO[payment.method], amount=amount, currency=payment.currency, party_id=party_id),
        Line(account=against, amount=-amount, currency=payment.currency),
    )
