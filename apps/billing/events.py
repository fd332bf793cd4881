"""What billing tells of. Money is an exact decimal beside its currency."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from apps.core.events import DomainEvent


class RatesChanged(DomainEvent, frozen=True, kw_only=True):
    """A price list was made, replaced by a new version, or retired."""

    aggregate_type: ClassVar[str] = "rate"

    rate_id: UUID
    tenant_id: UUID
    rate_version: int
    vehicle_type: str
    location_id: UUID | None
    status: str
    effective_at: datetime
    expiry_at: datetime | None


def _without_a_place(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "locationId": None, "vehicleType": None}


class PaymentTaken(DomainEvent, frozen=True, kw_only=True):
    """Money was taken for a stay; the aggregate is the payment. Version 1 did not say the stay's place and type."""

    aggregate_type: ClassVar[str] = "payment"
    schema_version: ClassVar[int] = 2
    upcasters = {1: _without_a_place}

    payment_id: UUID
    tenant_id: UUID
    entry_id: UUID
    location_id: UUID | None
    vehicle_type: str | None
    amount: Decimal
    currency: str
    method: str
    receipt_number: str
    taken_at: datetime


class MoneyGivenBack(DomainEvent, frozen=True, kw_only=True):
    """Base of what gives money back; the aggregate is the payment. Why is told by the refund's row alone."""

    aggregate_type: ClassVar[str] = "payment"

    payment_id: UUID
    refund_id: UUID
    tenant_id: UUID
    entry_id: UUID
    location_id: UUID
    vehicle_type: str
    amount: Decimal
    currency: str
    method: str
    given_at: datetime


class PaymentRefunded(MoneyGivenBack, frozen=True, kw_only=True):
    """A part or all of a payment was given back; the fee stays settled."""


class PaymentVoided(MoneyGivenBack, frozen=True, kw_only=True):
    """A payment was undone on its day; the fee is due again."""


class ShiftOpened(DomainEvent, frozen=True, kw_only=True):
    """A cashier began at a drawer, with a float or with what was handed over."""

    aggregate_type: ClassVar[str] = "shift"

    shift_id: UUID
    tenant_id: UUID
    location_id: UUID
    drawer: str
    cashier_id: UUID
    opening_float: Decimal
    currency: str
    taken_over_from: UUID | None
    opened_at: datetime


class ShiftClosed(DomainEvent, frozen=True, kw_only=True):
    """A drawer was counted, to be closed or handed over. `difference` is what was counted less what was expected."""

    aggregate_type: ClassVar[str] = "shift"

    shift_id: UUID
    tenant_id: UUID
    location_id: UUID
    drawer: str
    cashier_id: UUID
    handed_over: bool
    currency: str
    opening_float: Decimal
    payments: Decimal
    customer_payments: Decimal
    refunds: Decimal
    voids: Decimal
    paid_in: Decimal
    expenses: Decimal
    deposits: Decimal
    expected: Decimal
    counted: Decimal
    difference: Decimal
    opened_at: datetime
    closed_at: datetime


class ShiftRecounted(DomainEvent, frozen=True, kw_only=True):
    """A counted drawer was counted again by somebody else; `difference` is against what was expected."""

    aggregate_type: ClassVar[str] = "shift"

    shift_id: UUID
    recount_id: UUID
    tenant_id: UUID
    location_id: UUID
    counted: Decimal
    difference: Decimal
    currency: str
    recounted_at: datetime


class InvoiceDocument(DomainEvent, frozen=True, kw_only=True):
    """Base of what is told of an invoice; the aggregate is the invoice. Who it is for is told by its row alone."""

    aggregate_type: ClassVar[str] = "invoice"

    invoice_id: UUID
    tenant_id: UUID
    invoice_number: str
    customer_id: UUID
    gross: Decimal
    due: Decimal
    currency: str
    stays: int
    issued_at: datetime


class InvoiceIssued(InvoiceDocument, frozen=True, kw_only=True):
    """An invoice was issued for so many stays."""


class CreditNoteIssued(InvoiceDocument, frozen=True, kw_only=True):
    """So many stays of an invoice were credited; they can be invoiced anew."""

    credit_note_id: UUID
    credit_note_number: str


class StayPriced(DomainEvent, frozen=True, kw_only=True):
    """A stay that had left without a price at `exit_time` got one by a person, at `priced_at`.

    `rate_id` is null where the amount was stated.
    """

    aggregate_type: ClassVar[str] = "settlement"

    settlement_id: UUID
    entry_id: UUID
    tenant_id: UUID
    location_id: UUID
    vehicle_type: str
    total_fee: Decimal
    currency: str
    rate_id: UUID | None
    exit_time: datetime
    priced_at: datetime
