"""Money on the counter: whether it is what is due, and in a way that is offered. Nothing here writes."""

from collections.abc import Collection
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from apps.billing.models.payments import Method
from apps.core.errors import Conflict, Invalid
from apps.core.money import MoneyError, minor_from_decimal, minor_to_decimal

# What somebody else's machine has moved names it, so that both sides can be held against each other
_NAMED_ELSEWHERE: Final[dict[str, str]] = {
    Method.CARD: "the terminal's reference",
    Method.UPI: "the UPI transaction's reference (UTR)",
}


class TakePayment(msgspec.Struct, frozen=True, kw_only=True):
    """Money on the counter: `amount` in the stay's currency, as an exact decimal.

    Of cash, `tendered` is what was handed over, so that the change can be told. `partial` says that less than what is
    due is meant. `customer_id` is whose account pays, where it is not to be found by the vehicle.
    """

    method: str
    amount: Decimal
    currency: str | None = None
    provider: str = ""
    reference: str = ""
    tendered: Decimal | None = None
    partial: bool = False
    customer_id: UUID | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted amount in minor units, and what was handed over for it."""

    amount: int
    tendered: int | None = None

    @property
    def change(self) -> int:
        """What goes back over the counter."""
        return 0 if self.tendered is None else self.tendered - self.amount


class MethodNotOffered(Invalid):
    code, title = "method_not_offered", "This way to pay is not offered here"


class PaymentRequired(Conflict):
    code, title = "payment_required", "The fee is to be paid before the exit"


class Underpaid(Conflict):
    code, title = "underpaid", "The amount is less than the fee"


class Overpaid(Conflict):
    code, title = "overpaid", "The amount is more than the fee"


class FeeUnknown(Conflict):
    code, title = "fee_unknown", "This stay has no price yet, so nothing can be paid for it"


def require_counter(payment: TakePayment) -> None:
    """Raises MethodNotOffered for money that comes by a provider, and not over the counter."""
    if payment.method == Method.ONLINE:
        raise MethodNotOffered("Ask for it by POST billing/payments; it is paid at the provider's.")


def require_offered(payment: TakePayment, offered: Collection[str]) -> None:
    """Raises MethodNotOffered for a way to pay that is not among these."""
    if payment.method not in offered:
        raise MethodNotOffered(f"Pay by {', '.join(sorted(offered))}." if offered else "Nothing can be paid here.")


def count_payment(payment: TakePayment, *, due: int, currency: str) -> Counted:
    """Accept a payment of exactly `due` minor units, or of less where `partial` is meant.

    Raises Invalid for a wrong currency, an amount that the currency cannot say, or a reference that is missing;
    Underpaid and Overpaid naming the amount that is expected.
    """
    if payment.currency is not None and payment.currency != currency:
        raise Invalid.field("currency", "currency_mismatch", f"The fee is in {currency}.")
    if (named := _NAMED_ELSEWHERE.get(payment.method)) and not payment.reference.strip():
        raise Invalid.field("reference", "required", f"Give {named}.")
    given = _minor("amount", payment.amount, currency)
    if given < due and not (payment.partial and given > 0):
        raise _other_than_due(Underpaid, given, due, currency)
    if given > due:
        raise _other_than_due(Overpaid, given, due, currency)
    if payment.customer_id is not None and payment.method != Method.ACCOUNT:
        raise Invalid.field("customerId", "not_on_account", "Only an account is a customer's; leave customerId out.")
    return Counted(amount=given, tendered=_tendered(payment, given, currency))


def _tendered(payment: TakePayment, amount: int, currency: str) -> int | None:
    if payment.tendered is None:
        return None
    if payment.method != Method.CASH:
        raise Invalid.field("tendered", "not_cash", "Only cash is handed over; leave tendered out.")
    tendered = _minor("tendered", payment.tendered, currency)
    if tendered < amount:
        raise _other_than_due(Underpaid, tendered, amount, currency)
    return tendered


def _minor(field: str, amount: Decimal, currency: str) -> int:
    try:
        minor = minor_from_decimal(amount, currency)
    except MoneyError as error:
        raise Invalid.field(field, error.code, str(error)) from None
    if minor < 0:
        raise Invalid.field(field, "negative_amount", "A payment is not negative; money goes back by a refund.")
    return minor


def _other_than_due(refusal: type[Conflict], given: int, due: int, currency: str) -> Conflict:
    expected = minor_to_decimal(due, currency)
    return refusal(
        f"{expected} {currency} is due; {minor_to_decimal(given, currency)} was given.",
        facts={"expectedAmount": expected, "currency": currency},
    )
