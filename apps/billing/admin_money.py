"""Payments online, chargebacks, payment rules, cash shifts and invoices on the tenant's admin."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, tenant_site

from .admin_amounts import NOTHING, shown
from .commands.payment_rules import PaymentRuleChanges, change_payment_rules
from .models import CashShift, Dispute, Invoice, Method, OnlinePayment, PaymentRules
from .places import get_places


class OfPlaces(ReadMostlyAdmin):
    """Rows of a location, which are shown by its name; a list looks all its names up at once."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        places = get_places({row.location_id for row in rows if row.location_id is not None})
        for row in rows:
            row.place_of_list = places.get(row.location_id)
        changes.result_list = rows
        return changes

    @admin.display(description="location")
    def place(self, row: Any) -> str:
        if row.location_id is None:
            return "all without their own"
        found = getattr(row, "place_of_list", None) or get_places({row.location_id})[row.location_id]
        return found.name or str(row.location_id)


@admin.register(OnlinePayment, site=tenant_site)
class OnlinePaymentAdmin(ReadMostlyAdmin):
    """What payers were asked for online, newest first, and what came of it."""

    resource = "payments"
    icon = "qr_code_2"
    endless = True
    list_display = ["created_at", "money", "status", "receipt", "created_by_name", "problem"]
    list_filter = ["status", "unwanted"]
    list_select_related = ["payment"]
    search_fields = ["provider_id", "payment__receipt_number", "stay__stay_id__exact"]
    search_help_text = "a part of the provider's id or a receipt's number, or the whole id of a stay"
    ordering = ["-created_at"]
    fields = [
        "id", "stay", "money", "status", "unwanted", "problem", "provider", "provider_id", "receipt", "priced_at",
        "created_by_name", "created_at", "changed_at",
    ]  # fmt: skip

    @admin.display(description="amount")
    def money(self, online: OnlinePayment) -> str:
        return shown(online.amount, online.currency)

    @admin.display(description="receipt")
    def receipt(self, online: OnlinePayment) -> str:
        return online.payment.receipt_number if online.payment is not None else NOTHING


@admin.register(Dispute, site=tenant_site)
class DisputeAdmin(ReadMostlyAdmin):
    """Chargebacks and inquiries, those first whose evidence is due first."""

    resource = "payments"
    icon = "gavel"
    list_display = ["opened_at", "receipt", "money", "reason", "status", "due_by", "cost"]
    list_filter = ["status", "reason"]
    list_select_related = ["payment"]
    search_fields = ["provider_id", "payment__receipt_number", "payment__reference"]
    ordering = ["-opened_at"]
    fields = [
        "provider_id", "receipt", "money", "reason", "status", "withdrawn", "reinstated", "cost", "due_by",
        "opened_at", "changed_at", "evidence",
    ]  # fmt: skip

    @admin.display(description="amount")
    def money(self, dispute: Dispute) -> str:
        return shown(dispute.amount, dispute.currency)

    @admin.display(description="of receipt")
    def receipt(self, dispute: Dispute) -> str:
        return dispute.payment.receipt_number

    @admin.display(description="fee")
    def cost(self, dispute: Dispute) -> str:
        return shown(dispute.fee - dispute.fee_returned, dispute.currency)

    @admin.display(description="evidence")
    def evidence(self, dispute: Dispute) -> str:
        return format_html('<a href="/api/v1/billing/disputes/{}/evidence.zip">as a file for the bank</a>', dispute.id)


class PaymentRulesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The ways to pay to tick; none leaves it to what holds a step higher. `seen_version` is that of the form."""

    methods = forms.MultipleChoiceField(
        required=False,
        choices=Method.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="none ticked: what holds for all locations, and there all of them",
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = PaymentRules
        fields = ["exit_grace_minutes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = self.instance.version
        self.initial["methods"] = self.instance.methods or []

    def _post_clean(self) -> None:
        """Nothing: the command checks what the model holds."""


@admin.register(PaymentRules, site=tenant_site)
class PaymentRulesAdmin(OfPlaces):
    """How one may pay where, and how long one may stay then. New places get theirs through the API."""

    resource = "rules"
    icon = "rule"
    form = PaymentRulesForm
    list_display = ["place", "ways", "exit_grace_minutes", "version", "changed_by_name", "changed_at"]
    list_filter = ["changed_at"]
    search_fields = ["location_id__exact", "changed_by_name"]
    search_help_text = "the whole id of a location, or who changed them"
    ordering = ["location_id"]
    fields = ["place", "methods", "exit_grace_minutes", "version", "changed_by_name", "changed_at", "seen_version"]
    writable = ("methods", "exit_grace_minutes", "seen_version")

    @admin.display(description="ways to pay")
    def ways(self, rules: PaymentRules) -> str:
        return NOTHING if rules.methods is None else ", ".join(rules.methods)

    def change(self, *, row: PaymentRules, fields: Fields, changed: list[str], actor: Actor) -> None:
        methods = cast("list[str]", fields["methods"])
        changes = PaymentRuleChanges(methods=tuple(methods) or None, exit_grace_minutes=fields["exit_grace_minutes"])
        change_payment_rules(
            location_id=row.location_id,
            changes=changes,
            expected_version=fields["seen_version"],
            actor=actor,
            at=clock.now(),
        )


@admin.register(CashShift, site=tenant_site)
class CashShiftAdmin(OfPlaces):
    """Cash shifts, newest first. Counts are blind: nothing is expected here before a shift was counted."""

    resource = "shift-counts"
    icon = "point_of_sale"
    endless = True
    list_display = ["opened_at", "place", "drawer", "cashier_name", "status", "float", "due", "found", "difference"]
    list_filter = ["status", "opened_at"]
    search_fields = ["drawer", "cashier_name", "closed_by_name"]
    ordering = ["-opened_at"]
    fields = [
        "place", "drawer", "cashier_name", "status", "opened_at", "float", "closed_at", "closed_by_name", "due",
        "found", "difference", "recounted", "happened",
    ]  # fmt: skip

    @admin.display(description="float")
    def float(self, shift: CashShift) -> str:
        return shown(shift.opening_float, shift.currency)

    @admin.display(description="expected")
    def due(self, shift: CashShift) -> str:
        return shown(shift.expected, shift.currency)

    @admin.display(description="counted")
    def found(self, shift: CashShift) -> str:
        return shown(shift.counted, shift.currency)

    @admin.display(description="difference")
    def difference(self, shift: CashShift) -> str:
        if shift.counted is None or shift.expected is None:
            return NOTHING
        return shown(shift.counted - shift.expected, shift.currency)

    @admin.display(description="recounts")
    def recounted(self, shift: CashShift) -> str:
        told = [f"{shown(each.counted, shift.currency)}: {each.reason}" for each in shift.recounts.order_by("number")]
        return "; ".join(told) or NOTHING

    @admin.display(description="lost tickets, opened by hand")
    def happened(self, shift: CashShift) -> str:
        told = [f"{each.get_cause_display()}: {each.reason}" for each in shift.incidents.order_by("reported_at")]
        return "; ".join(told) or NOTHING


@admin.register(Invoice, site=tenant_site)
class InvoiceAdmin(ReadMostlyAdmin):
    """Invoices and credit notes, newest first. What is issued is corrected by a credit note, never here."""

    resource = "invoices"
    icon = "request_quote"
    endless = True
    list_display = ["number", "kind", "customer", "issue_date", "due_date", "total", "to_pay"]
    list_filter = ["kind", "issue_date"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__name", "transport_name"]
    ordering = ["-id"]
    fields = [
        "number", "kind", "customer", "transport_name", "period_from", "period_to", "issue_date", "due_date", "net_sum",
        "tax_sum", "total", "to_pay", "credits", "reason", "issued_by_name", "issued_at", "paper",
    ]  # fmt: skip

    @admin.display(description="net")
    def net_sum(self, invoice: Invoice) -> str:
        return shown(invoice.net, invoice.currency)

    @admin.display(description="tax")
    def tax_sum(self, invoice: Invoice) -> str:
        return shown(invoice.tax, invoice.currency)

    @admin.display(description="total")
    def total(self, invoice: Invoice) -> str:
        return shown(invoice.gross, invoice.currency)

    @admin.display(description="to pay")
    def to_pay(self, invoice: Invoice) -> str:
        return NOTHING if invoice.kind == Invoice.Kind.CREDIT_NOTE else shown(invoice.due, invoice.currency)

    @admin.display(description="PDF")
    def paper(self, invoice: Invoice) -> str:
        return format_html('<a href="/api/v1/billing/invoices/{}.pdf">{}</a>', invoice.id, invoice.number)
