"""What clients send about payments."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from apps.billing.commands.counting import TakePayment
from apps.billing.payment_queries import PaymentFilter
from apps.core.api import Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize

MethodName = Literal["cash", "card", "upi", "account", "online"]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class MakePayment(Body, frozen=True, kw_only=True):
    """Money for a stay. Of cash, `tendered` is what was handed over; `partial` means less than what is due.

    `customerId` is whose account pays, where it is not found by the vehicle.
    """

    entry_id: UUID
    amount: Decimal
    currency: str
    method: MethodName
    provider: Annotated[str, Meta(max_length=40)] = ""
    reference: Annotated[str, Meta(max_length=200)] = ""
    tendered: Decimal | None = None
    partial: bool = False
    customer_id: UUID | None = None

    def payment(self) -> TakePayment:
        """As the command takes it."""
        return TakePayment(
            method=self.method,
            amount=self.amount,
            currency=self.currency,
            provider=self.provider,
            reference=self.reference,
            tendered=self.tendered,
            partial=self.partial,
            customer_id=self.customer_id,
        )


class ListPayments(Body, frozen=True, kw_only=True):
    """Which payments; `from` and `to` are the half-open period in which they were taken."""

    entry_id: UUID | None = None
    since: Instant | None = field(name="from", default=None)
    until: Instant | None = field(name="to", default=None)
    method: MethodName | None = None
    taken_by: UUID | None = None
    location_id: UUID | None = None
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE

    def wanted(self) -> PaymentFilter:
        """For the query."""
        return PaymentFilter(**{name: getattr(self, name) for name in PaymentFilter.__struct_fields__})


class GiveBack(Body, frozen=True, kw_only=True):
    """A part or all of a payment, in its currency, and why; `shift_id` says from which open drawer cash is given."""

    amount: Decimal
    reason: Reason
    shift_id: UUID | None = None


class UndoPayment(Body, frozen=True, kw_only=True):
    """Why a payment is undone; `shift_id` says from which open drawer cash is given."""

    reason: Reason
    shift_id: UUID | None = None
