"""Invoices as the API shows them. Amounts are exact decimals with the currency's own digits."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from apps.core.api import Answer
from apps.core.api.paging import Page
from apps.core.money import minor_to_decimal

from .invoicing.content import InvoiceContent, InvoiceLine, Item, Party, content_of
from .invoicing.drafting import Draft
from .models import Invoice


class InvoiceSummary(Answer, frozen=True, kw_only=True):
    """An invoice or credit note; `state` is open, partly_paid, paid, credited, or credit_note.

    `paid` was paid before it was issued, `received` since; `outstanding` is due less what was received and credited.
    `from` and `to` are half-open local dates.
    """

    id: UUID
    number: str
    kind: str
    state: str
    customer_id: UUID
    customer_name: str
    transport_name: str
    period_from: date = msgspec.field(name="from")
    period_to: date = msgspec.field(name="to")
    issue_date: date
    due_date: date
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    rounding: Decimal
    paid: Decimal
    due: Decimal
    received: Decimal
    credited: Decimal
    outstanding: Decimal
    credits: str | None
    issued_at: datetime
    issued_by_name: str


class InvoicedStayAnswer(Answer, frozen=True, kw_only=True):
    """A line: one stay, as the vehicle log has it. Instants are UTC, to be shown in `timezone`.

    Where `of` is permit or validations it is a month of these: without a stay, with the permit's number or merchant's
    `name`, half-open local dates `from` and `to`, the permit's `vehicles`, or the `quantity` of validations.
    """

    position: int
    of: Item
    entry_id: UUID | None
    vehicle_number: str
    vehicle_type: str
    location: str
    timezone: str
    entry_time: datetime | None
    exit_time: datetime | None
    duration_minutes: int
    name: str
    vehicles: tuple[str, ...]
    begins: date | None = msgspec.field(name="from")
    ends: date | None = msgspec.field(name="to")
    quantity: int
    net: Decimal
    tax_rate: Decimal
    gross: Decimal
    paid: Decimal


class InvoiceTax(Answer, frozen=True, kw_only=True):
    """The sums of a tax rate in percent; `category` is S, Z or E."""

    category: str
    rate: Decimal
    net: Decimal
    tax: Decimal


class InvoiceParty(Answer, frozen=True, kw_only=True):
    """Who issues, or who pays."""

    name: str
    address: tuple[str, ...]
    postcode: str
    city: str
    country: str
    tax_id: str
    email: str


class InvoiceDetails(InvoiceSummary, frozen=True, kw_only=True):
    """All of an invoice or credit note."""

    supplier: InvoiceParty
    customer: InvoiceParty
    lines: tuple[InvoicedStayAnswer, ...]
    taxes: tuple[InvoiceTax, ...]
    reason: str
    credit_notes: tuple[str, ...]


class InvoicePreview(Answer, frozen=True, kw_only=True):
    """What would be issued now."""

    customer: InvoiceParty
    issue_date: date
    due_date: date
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    rounding: Decimal
    paid: Decimal
    due: Decimal
    lines: tuple[InvoicedStayAnswer, ...]
    taxes: tuple[InvoiceTax, ...]


class InvoiceList(Page, frozen=True, kw_only=True):
    """A page of invoices and credit notes, the newest first."""

    items: Sequence[InvoiceSummary]


_AMOUNTS = ("net", "tax", "gross", "rounding", "paid", "due", "received", "credited", "outstanding")
_SAME = (
    "id", "number", "kind", "state", "customer_id", "transport_name", "period_from", "period_to", "issue_date",
    "due_date", "currency", "issued_at", "issued_by_name",
)  # fmt: skip


def invoice_summary(invoice: Any) -> InvoiceSummary:
    """A row of `list_invoices` as a list shows it."""
    return InvoiceSummary(**_summed(invoice))


def invoice_details(invoice: Any) -> InvoiceDetails:
    """A row of `list_invoices` with all that stands on it."""
    content = content_of(invoice)
    return InvoiceDetails(
        **_summed(invoice),
        supplier=_party(content.supplier),
        **_said(content, invoice.currency),
        reason=invoice.reason,
        credit_notes=tuple(Invoice.objects.filter(credits=invoice).order_by("id").values_list("number", flat=True)),
    )


def invoice_preview(draft: Draft) -> InvoicePreview:
    """What would be issued, as the API shows it."""
    amounts: dict[str, Any] = {
        name: minor_to_decimal(getattr(draft.totals, name), draft.currency) for name in _AMOUNTS[:6]
    }
    return InvoicePreview(
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        currency=draft.currency,
        **amounts,
        **_said(draft.content, draft.currency),
    )


def _summed(invoice: Any) -> dict[str, Any]:
    return {
        **{name: getattr(invoice, name) for name in _SAME},
        **{name: minor_to_decimal(getattr(invoice, name), invoice.currency) for name in _AMOUNTS},
        "customer_name": invoice.content["customer"]["name"],
        "credits": invoice.credits.number if invoice.credits else None,
    }


def _said(content: InvoiceContent, currency: str) -> dict[str, Any]:
    return {
        "customer": _party(content.customer),
        "lines": tuple(_line(line, currency) for line in content.lines),
        "taxes": tuple(
            InvoiceTax(
                category=one.category,
                rate=one.rate,
                net=minor_to_decimal(one.net, currency),
                tax=minor_to_decimal(one.tax, currency),
            )
            for one in content.taxes
        ),
    }


def _party(party: Party) -> InvoiceParty:
    return InvoiceParty(**{name: getattr(party, name) for name in InvoiceParty.__struct_fields__})


def _line(line: InvoiceLine, currency: str) -> InvoicedStayAnswer:
    return InvoicedStayAnswer(
        position=line.position,
        of=line.of,
        entry_id=line.stay_id,
        vehicle_number=line.vehicle_number,
        vehicle_type=line.vehicle_type,
        location=line.location,
        timezone=line.timezone,
        entry_time=line.entry_at,
        exit_time=line.exit_at,
        duration_minutes=line.duration_minutes,
        name=line.name,
        vehicles=line.vehicles,
        begins=line.begins,
        ends=line.ends,
        quantity=line.quantity,
        net=minor_to_decimal(line.net, currency),
        tax_rate=line.tax_rate,
        gross=minor_to_decimal(line.gross, currency),
        paid=minor_to_decimal(line.paid, currency),
    )
