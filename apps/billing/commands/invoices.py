"""Issuing invoices: stays and charged months are locked, looked at, and put on one invoice with the next number."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from apps.billing.events import InvoiceIssued
from apps.billing.invoicing.collecting import Collected, Wanted, candidates, collect, find_customer
from apps.billing.invoicing.content import kept
from apps.billing.invoicing.drafting import Draft, draft_invoice
from apps.billing.invoicing.months import CollectedMonth, collect_months
from apps.billing.invoicing.numbers import next_number
from apps.billing.ledger.invoices import invoice_issued
from apps.billing.ledger.posting import post_all
from apps.billing.letterheads import get_letterhead
from apps.billing.models import Customer, CustomerKind, Invoice, InvoicedCharge, InvoicedStay, StayFee
from apps.core import changes, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict
from apps.core.events import publish
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .customers import CustomerDetails, add_customer


class NothingToInvoice(Conflict):
    code, title = "nothing_to_invoice", "There is nothing to invoice in this period"


@transaction.atomic
def generate_invoice(*, wanted: Wanted, actor: Actor, at: datetime) -> Invoice:
    """Issue an invoice at `at` (UTC) for what of the period is on no invoice yet; its date is the tenant's.

    A haulier who is no customer yet becomes one. Raises CustomerNotFound, NothingToInvoice, TooManyStays,
    MonthlyTaxUnknown, Invalid.
    """
    customer = find_customer(wanted)
    collected, months = _gather(wanted, customer, lock=True)
    if customer is None:
        customer = _become_customer(wanted.transport_name, actor)
    issue_date = at.astimezone(ZoneInfo(tenancy.current().timezone)).date()
    draft = draft_invoice(
        collected, months, customer=customer, transport_name=wanted.transport_name, issue_date=issue_date
    )
    invoice = _record(draft, wanted, customer, actor=actor, at=at)
    _claim(invoice, draft)
    if (movement := invoice_issued(invoice, customer)) is not None:
        post_all(postings=[movement])
    told = InvoiceIssued(
        invoice_id=invoice.id,
        tenant_id=tenancy.current().id,
        invoice_number=invoice.number,
        customer_id=customer.id,
        gross=minor_to_decimal(invoice.gross, invoice.currency),
        due=minor_to_decimal(invoice.due, invoice.currency),
        currency=invoice.currency,
        stays=len(collected),
        issued_at=at,
    )
    publish(told, aggregate_id=invoice.id, at=at, actor=actor)
    changes.announce()
    return invoice


def preview_invoice(*, wanted: Wanted, at: datetime) -> Draft:
    """What `generate_invoice` would issue at `at` (UTC); writes nothing and locks nothing. Raises the same."""
    customer = find_customer(wanted)
    collected, months = _gather(wanted, customer)
    issue_date = at.astimezone(ZoneInfo(tenancy.current().timezone)).date()
    return draft_invoice(
        collected, months, customer=customer, transport_name=wanted.transport_name, issue_date=issue_date
    )


def _gather(
    wanted: Wanted, customer: Customer | None, *, lock: bool = False
) -> tuple[list[Collected], list[CollectedMonth]]:
    found = candidates(wanted, customer)
    collected = collect(found, customer, unpaid_only=bool(wanted.transport_name), lock=lock)
    months = collect_months(wanted, customer, lock=lock)
    if not collected and not months:
        raise NothingToInvoice("All of it is invoiced or paid, or nothing ended there.")
    return collected, months


def _become_customer(transport_name: str, actor: Actor) -> Customer:
    name = transport_name.strip()
    details = CustomerDetails(name=name, transport_names=[name], language=get_letterhead().language)
    return add_customer(kind=CustomerKind.CREDIT, details=details, actor=actor)


def _record(draft: Draft, wanted: Wanted, customer: Customer, *, actor: Actor, at: datetime) -> Invoice:
    totals = draft.totals
    return Invoice.objects.create(
        id=new_id(),
        kind=Invoice.Kind.INVOICE,
        number=next_number(Invoice.Kind.INVOICE, draft.issue_date),
        customer=customer,
        transport_name=wanted.transport_name.strip(),
        period_from=wanted.period_from,
        period_to=wanted.period_to,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        currency=draft.currency,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        rounding=totals.rounding,
        paid=totals.paid,
        due=totals.due,
        moved=draft.moved,
        charged_net=draft.charged_net,
        charged_tax=draft.charged_tax,
        content=kept(draft.content),
        issued_at=at,
        issued_by=actor.id,
        issued_by_name=actor.name,
    )


def _claim(invoice: Invoice, draft: Draft) -> None:
    """Put stays and months on the invoice; what of them moved to the account is due there and no longer at the till."""
    lines = draft.content.lines
    InvoicedStay.objects.bulk_create(
        InvoicedStay(stay_id=line.stay_id, invoice=invoice, position=line.position, moved=line.moved)
        for line in lines
        if line.stay_id
    )
    InvoicedCharge.objects.bulk_create(
        InvoicedCharge(charge_id=line.charge_id, invoice=invoice, position=line.position)
        for line in lines
        if line.charge_id
    )
    for line in lines:
        if line.stay_id and line.moved:
            StayFee.objects.filter(stay_id=line.stay_id).update(paid=F("paid") + line.moved)
