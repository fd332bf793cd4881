"""The invoices of a month, for the customers that get one each month."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import structlog
from django.db import transaction

from apps.billing.invoicing.collecting import Wanted
from apps.billing.mail.asking import ask_for_mail
from apps.billing.models import Customer, DocumentMail, Invoice
from apps.core import tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantStatus

from .invoices import NothingToInvoice, generate_invoice
from .monthly_charges import charge_months

log = structlog.get_logger(__name__)


class MonthRun(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the numbers issued, and the customers whose invoice failed, which the log explains."""

    issued: tuple[str, ...]
    failed: tuple[str, ...]


def invoice_month(*, month: date, at: datetime) -> MonthRun:
    """Issue and send the current tenant's invoices of the month of this day, at `at` (UTC).

    What is due by the month is charged before. Each invoice has a transaction of its own: one that fails stops no
    other. A customer that has an invoice of exactly this month, and one of whom nothing is to be invoiced, is passed
    by, so it may run again.
    """
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    charge_months(at=at)
    issued, failed = [], []
    for customer in Customer.objects.filter(invoice_monthly=True).order_by("name", "id"):
        wanted = Wanted(period_from=first, period_to=following, customer_id=customer.id)
        try:
            number = _issue(customer, wanted, at)
        except Exception as error:
            log.error("monthly_invoice_failed", customer=str(customer.id), exc_info=error)
            failed.append(customer.name)
        else:
            issued += [number] if number else []
    return MonthRun(issued=tuple(issued), failed=tuple(failed))


def invoice_last_month_everywhere(*, at: datetime) -> None:
    """The same for every open tenant and the month that is over by its own calendar; one's failure stops no other."""
    for tenant in tenancy.directory().all():
        if tenant.status != TenantStatus.ACTIVE:
            continue
        today = at.astimezone(ZoneInfo(tenant.timezone)).date()
        try:
            with tenancy.enter(tenant):
                invoice_month(month=today.replace(day=1) - timedelta(days=1), at=at)
        except Exception as error:
            log.error("monthly_invoices_failed", tenant=tenant.slug, exc_info=error)


@transaction.atomic
def _issue(customer: Customer, wanted: Wanted, at: datetime) -> str:
    """The number of the customer's invoice, which is on its way to it; empty where there is none to issue."""
    same = {"period_from": wanted.period_from, "period_to": wanted.period_to, "kind": Invoice.Kind.INVOICE}
    if Invoice.objects.filter(customer=customer, **same).exists():
        return ""
    try:
        with transaction.atomic():
            invoice = generate_invoice(wanted=wanted, actor=SYSTEM, at=at)
    except NothingToInvoice:
        return ""
    if customer.email:
        ask_for_mail(
            document=DocumentMail.Document.INVOICE, number=invoice.number, to=customer.email, actor=SYSTEM, at=at
        )
    return invoice.number
