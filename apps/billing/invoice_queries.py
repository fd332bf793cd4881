"""Reading invoices, and how far each of them is paid."""

from typing import Any
from uuid import UUID

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from .commands.credit_notes import InvoiceNotFound
from .models import CustomerPayment, Invoice

STATES = ("open", "partly_paid", "paid", "credited", "credit_note")


def list_invoices() -> QuerySet[Any]:
    """Invoices and credit notes with their customer; each with `received`, `credited`, `outstanding` and `state`.

    Amounts are minor units. An invoice is `credited` when all of it is, `paid` when nothing of it is outstanding.
    """
    received = CustomerPayment.objects.filter(invoice_id=OuterRef("id"), void=None).order_by()
    notes = Invoice.objects.filter(credits=OuterRef("id")).order_by()
    found = Invoice.objects.select_related("customer", "credits").annotate(
        received=_sum(received.values("invoice_id"), F("amount")),
        credited=_sum(notes.values("credits"), F("due")),
        credited_gross=_sum(notes.values("credits"), F("gross") + F("rounding")),
    )
    found = found.annotate(outstanding=F("due") - F("credited") - F("received"))
    return found.annotate(
        state=Case(
            When(kind=Invoice.Kind.CREDIT_NOTE, then=Value("credit_note")),
            When(Q(credited_gross__gte=F("gross") + F("rounding")) & Q(credited_gross__gt=0), then=Value("credited")),
            When(outstanding__lte=0, then=Value("paid")),
            When(received__gt=0, then=Value("partly_paid")),
            default=Value("open"),
        )
    )


def get_invoice(*, invoice_id: UUID) -> Any:
    """One of them. Raises InvoiceNotFound."""
    invoice = list_invoices().filter(id=invoice_id).first()
    if invoice is None:
        raise InvoiceNotFound("Check the invoice's id; it is not one of this tenant.")
    return invoice


def _sum(rows: QuerySet[Any, Any], amount: Any) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(total=Sum(amount)).values("total"), output_field=IntegerField()), Value(0))
