"""Crediting an invoice, whole or by lines: the only way to correct one. What was on it can then be invoiced anew."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import F

from apps.billing.events import CreditNoteIssued
from apps.billing.invoicing.content import Credited, InvoiceContent, InvoiceLine, content_of, kept
from apps.billing.invoicing.drafting import tax_lines
from apps.billing.invoicing.numbers import next_number
from apps.billing.invoicing.totals import Charged, Totals, sum_up
from apps.billing.ledger.invoices import invoice_issued
from apps.billing.ledger.posting import post_all
from apps.billing.models import AccountCharge, Customer, Invoice, InvoicedCharge, InvoicedStay, StayFee
from apps.core import changes, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import publish
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal


class InvoiceNotFound(NotFound):
    code, title = "invoice_not_found", "There is no such invoice here"


class NotCreditable(Conflict):
    code, title = "not_creditable", "This was credited already, or is a credit note itself"


@transaction.atomic
def credit_invoice(
    *, invoice_id: UUID, positions: Collection[int] | None, reason: str, actor: Actor, at: datetime
) -> Invoice:
    """Issue a credit note at `at` (UTC) for these lines of an invoice, or for all that are left of it (None).

    What the invoice had moved to the customer's account is due at the till again. Raises InvoiceNotFound,
    NotCreditable, Invalid for a line that the invoice does not have or an empty reason.
    """
    invoice = Invoice.objects.select_related("customer").filter(id=invoice_id).first()
    if invoice is None:
        raise InvoiceNotFound("Check the invoice's id; it is not one of this tenant.")
    if not reason.strip():
        raise Invalid.field("reason", "required", "Say why it is credited.")
    if invoice.kind != Invoice.Kind.INVOICE:
        raise NotCreditable("Only an invoice is credited.")
    content = content_of(invoice)
    lines = _lines(invoice, content, positions)
    Customer.objects.select_for_update().get(id=invoice.customer_id)  # a payment asks what is outstanding of it
    note = _record(invoice, content, lines, reason.strip(), actor=actor, at=at)
    _release(lines)
    if (movement := invoice_issued(note, invoice.customer)) is not None:
        post_all(postings=[movement])
    told = CreditNoteIssued(
        invoice_id=invoice.id,
        credit_note_id=note.id,
        tenant_id=tenancy.current().id,
        credit_note_number=note.number,
        invoice_number=invoice.number,
        customer_id=invoice.customer_id,
        gross=minor_to_decimal(note.gross, note.currency),
        due=minor_to_decimal(note.due, note.currency),
        currency=note.currency,
        stays=sum(line.stay_id is not None for line in lines),
        issued_at=at,
    )
    publish(told, aggregate_id=invoice.id, at=at, actor=actor)
    changes.announce()
    return note


def _lines(invoice: Invoice, content: InvoiceContent, positions: Collection[int] | None) -> Sequence[InvoiceLine]:
    """The lines to credit, their stays and charges and then what says that they are on the invoice being locked."""
    named = {line.position: line for line in content.lines}
    unknown = sorted(set(positions or ()) - named.keys())
    if unknown or (positions is not None and not positions):
        raise Invalid.field("lines", "unknown_line", f"The invoice has the lines 1 to {len(named)}.")
    wanted = sorted(positions) if positions is not None else sorted(named)
    _lock([named[position] for position in wanted])
    left = {
        position
        for claims in (InvoicedStay, InvoicedCharge)
        for position in claims.objects.filter(invoice=invoice, position__in=wanted).values_list("position", flat=True)
    }
    if not left or (positions is not None and left != set(wanted)):
        raise NotCreditable("It is on a credit note already.")
    return [named[position] for position in sorted(left)]


def _lock(lines: Sequence[InvoiceLine]) -> None:
    stays = StayFee.objects.filter(stay_id__in=[line.stay_id for line in lines if line.stay_id]).order_by("stay_id")
    list(stays.select_for_update().values_list("stay_id"))
    charges = AccountCharge.objects.filter(id__in=[line.charge_id for line in lines if line.charge_id]).order_by("id")
    list(charges.select_for_update().values_list("id"))


def _release(lines: Sequence[InvoiceLine]) -> None:
    InvoicedStay.objects.filter(stay_id__in=[line.stay_id for line in lines if line.stay_id]).delete()
    InvoicedCharge.objects.filter(charge__in=[line.charge_id for line in lines if line.charge_id]).delete()
    for line in lines:
        if line.stay_id and line.moved:
            StayFee.objects.filter(stay_id=line.stay_id).update(paid=F("paid") - line.moved)


def _record(
    invoice: Invoice,
    content: InvoiceContent,
    lines: Sequence[InvoiceLine],
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> Invoice:
    totals = sum_up(
        [
            Charged(gross=line.gross, net=line.charged_net, tax_rate=line.tax_rate, paid=line.paid)
            for line in lines
        ]
    )  # fmt: skip
    issue_date = at.astimezone(ZoneInfo(tenancy.current().timezone)).date()
    credited = msgspec.structs.replace(
        content,
        lines=tuple(msgspec.structs.replace(line, net=net) for line, net in zip(lines, totals.nets, strict=True)),
        taxes=tax_lines(totals.taxes, exempt=bool(content.exemption_reason)),
        credited=Credited(number=invoice.number, issue_date=invoice.issue_date),
    )
    return Invoice.objects.create(
        id=new_id(),
        kind=Invoice.Kind.CREDIT_NOTE,
        number=next_number(Invoice.Kind.CREDIT_NOTE, issue_date),
        customer=invoice.customer,
        transport_name=invoice.transport_name,
        period_from=invoice.period_from,
        period_to=invoice.period_to,
        issue_date=issue_date,
        due_date=issue_date,
        currency=invoice.currency,
        credits=invoice,
        reason=reason,
        content=kept(credited),
        issued_at=at,
        issued_by=actor.id,
        issued_by_name=actor.name,
        **_sums(totals, lines),
    )


def _sums(totals: Totals, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    return {
        "net": totals.net,
        "tax": totals.tax,
        "gross": totals.gross,
        "rounding": totals.rounding,
        "paid": totals.paid,
        "due": totals.due,
        "moved": sum(line.moved for line in lines),
        "charged_net": sum(line.booked_net for line in lines),
        "charged_tax": sum(line.booked_tax for line in lines),
    }
