"""Prices, fees and payments on the tenant's admin. Prices are changed by their commands, money by nobody."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldBooleanSwitchWidget

from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, actor_of, tenant_site
from apps.core.errors import DomainError
from apps.core.money import MoneyError, minor_from_decimal, minor_to_decimal

from .admin_amounts import shown
from .commands.rates import NewRates, RateChanges, create_rates, retire_rates, update_parking_rates
from .models import LedgerEntry, Payment, RateStatus, RateStructure, ReceiptSequence, Refund, StayFee
from .tariff import Plan
from .tariff.plan import InvalidPlan

UNITS = ("hourly", "daily", "weekly", "monthly")
_TERMS = (*UNITS, "grace_period_minutes", "overstay_multiplier", "tax_rate", "tax_inclusive")


def _price(help_text: str) -> forms.DecimalField:
    return forms.DecimalField(required=False, min_value=0, widget=UnfoldAdminDecimalFieldWidget, help_text=help_text)


class RateForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Prices in whole money, as people write them; `plan` is what the command takes."""

    hourly = _price("for each started hour, in the tenant's currency")
    daily = _price("for each started day; caps the hours")
    weekly = _price("for each started week; caps the days")
    monthly = _price("for each started month; caps the weeks")
    draft = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, help_text="not in force before it is made active"
    )

    class Meta:
        model = RateStructure
        fields = ["vehicle_type"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "location_id" in self.fields:
            self.fields["location_id"].help_text = "the id of a location; empty for all without prices of their own"
        rate = self.instance
        if rate.pk and not rate._state.adding:
            for unit in UNITS:
                minor = getattr(rate, unit)
                self.initial[unit] = None if minor is None else minor_to_decimal(minor, rate.currency)
            self.initial["draft"] = rate.status == RateStatus.DRAFT

    def _post_clean(self) -> None:
        """Nothing: the model's fields hold minor units, and are the command's to fill."""

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        currency = tenancy.current().currency
        if not self.errors:
            try:
                prices: dict[str, Any] = {unit: _minor(fields[unit], currency) for unit in UNITS}
                fields["plan"] = Plan(
                    currency=currency,
                    grace_minutes=fields["grace_period_minutes"],
                    overstay_multiplier=fields["overstay_multiplier"],
                    tax_rate=fields["tax_rate"],
                    tax_inclusive=fields["tax_inclusive"],
                    **prices,
                )
            except InvalidPlan as error:
                self.add_error(error.field if error.field in self.fields else None, str(error))
            except MoneyError as error:
                self.add_error(None, str(error))
        return fields


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else minor_from_decimal(amount, currency)


@admin.register(RateStructure, site=tenant_site)
class RateStructureAdmin(ReadMostlyAdmin):
    """The price lists, each version a row. Changing one makes its next version, in force from now."""

    resource = "rates"
    icon = "sell"
    form = RateForm
    list_display = ["vehicle_type", "prices", "location_id", "status", "effective_at", "expiry_at", "version"]
    list_filter = ["status"]
    search_fields = ["vehicle_type"]
    ordering = ["vehicle_type", "-effective_at"]
    actions = ["retire"]
    fields = [
        "rate_id", "version", "vehicle_type", "location_id", "currency", *_TERMS, "draft", "status",
        "effective_at", "expiry_at", "created_by_name", "created_at",
    ]  # fmt: skip
    writable = (*_TERMS, "draft")
    writable_first = ("vehicle_type", "location_id", *_TERMS, "draft")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if name not in UNITS] + ["prices"]

    @admin.display(description="prices")
    def prices(self, rate: RateStructure) -> str:
        named = ((unit, getattr(rate, unit)) for unit in UNITS)
        return ", ".join(f"{unit} {shown(minor, rate.currency)}" for unit, minor in named if minor is not None)

    def create(self, *, fields: Fields, actor: Actor) -> RateStructure:
        rates = NewRates(
            vehicle_type=fields["vehicle_type"],
            location_id=fields["location_id"],
            plan=fields["plan"],
            draft=fields["draft"],
        )
        return create_rates(rates=rates, actor=actor, at=clock.now())

    def change(self, *, row: RateStructure, fields: Fields, changed: list[str], actor: Actor) -> None:
        plan: Plan = fields["plan"]
        changes = RateChanges(
            **{unit: getattr(plan, unit) for unit in UNITS},
            grace_minutes=plan.grace_minutes,
            overstay_multiplier=plan.overstay_multiplier,
            tax_rate=plan.tax_rate,
            tax_inclusive=plan.tax_inclusive,
            activate=not fields["draft"],
        )
        update_parking_rates(
            rate_id=row.rate_id, expected_version=row.version, changes=changes, actor=actor, at=clock.now()
        )

    @admin.action(description="Retire these price lists", permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[RateStructure]) -> None:
        """End them now; stays that entered before are still priced by them."""
        actor = actor_of(request)
        assert actor is not None
        for rate in chosen:
            try:
                retire_rates(rate_id=rate.rate_id, expected_version=rate.version, actor=actor, at=clock.now())
                self.message_user(request, f"{rate.vehicle_type}: retired.")
            except DomainError as refusal:
                self.message_user(request, f"{rate.vehicle_type}: {refusal.detail}", level="ERROR")


@admin.register(StayFee, site=tenant_site)
class StayFeeAdmin(ReadMostlyAdmin):
    """What ended stays cost, newest first."""

    resource = "payments"
    icon = "receipt_long"
    endless = True
    list_display = ["charged_at", "vehicle_type", "duration_minutes", "total_due", "total_paid", "unpriced_reason"]
    fields = ["stay_id", "vehicle_type", "location_id", "duration_minutes", "parts", "total_due", "total_paid"]
    search_fields = ["stay_id__exact"]
    search_help_text = "the whole id of a stay"
    ordering = ["-charged_at"]

    @admin.display(description="fee")
    def parts(self, fee: StayFee) -> str:
        if fee.total is None:
            return f"not priced: {fee.unpriced_reason}"
        named = {"base": fee.base, "overstay": fee.penalty, "discount": fee.discount, "tax": fee.tax}
        return ", ".join(f"{name} {shown(minor, fee.currency)}" for name, minor in named.items())

    @admin.display(description="total")
    def total_due(self, fee: StayFee) -> str:
        return shown(fee.total, fee.currency)

    @admin.display(description="paid")
    def total_paid(self, fee: StayFee) -> str:
        return shown(fee.paid, fee.currency)


@admin.register(Payment, site=tenant_site)
class PaymentAdmin(ReadMostlyAdmin):
    """Money taken, newest first. A mistake is put right by a refund, never here."""

    resource = "payments"
    icon = "payments"
    endless = True
    list_display = ["receipt_number", "money", "method", "taken_by_name", "taken_at"]
    list_filter = ["method"]
    search_fields = ["receipt_number"]
    fields = ["receipt_number", "money", "method", "provider", "reference", "stay", "taken_by_name", "taken_at"]
    ordering = ["-taken_at"]

    @admin.display(description="amount")
    def money(self, payment: Payment) -> str:
        return shown(payment.amount, payment.currency)


@admin.register(Refund, site=tenant_site)
class RefundAdmin(ReadMostlyAdmin):
    """Money given back, newest first."""

    resource = "refunds"
    icon = "undo"
    endless = True
    list_display = ["given_at", "kind", "money", "reason", "given_by_name"]
    list_filter = ["kind"]
    fields = ["payment", "kind", "money", "reason", "given_by_name", "given_at"]
    ordering = ["-given_at"]

    @admin.display(description="amount")
    def money(self, refund: Refund) -> str:
        return shown(refund.amount, refund.currency)


@admin.register(ReceiptSequence, site=tenant_site)
class ReceiptSequenceAdmin(ReadMostlyAdmin):
    """The last receipt number of each year."""

    resource = "payments"
    icon = "pin"
    list_display = ["year", "last"]
    ordering = ["-year"]


@admin.register(LedgerEntry, site=tenant_site)
class LedgerEntryAdmin(ReadMostlyAdmin):
    """The ledger's lines, newest first. Nobody changes them; a correction is a movement of its own."""

    resource = "payments"
    icon = "account_balance"
    endless = True
    list_display = ["occurred_at", "kind", "account", "money", "party_id"]
    list_filter = ["account"]
    list_select_related = ["transaction"]
    fields = ["occurred_at", "kind", "reference", "account", "money", "party_id", "actor_name"]
    search_fields = ["transaction__reference__exact", "party_id__exact"]
    search_help_text = "the whole id of a stay, payment or party"
    ordering = ["-id"]

    @admin.display(description="at")
    def occurred_at(self, entry: LedgerEntry) -> datetime:
        return entry.transaction.occurred_at

    @admin.display(description="movement")
    def kind(self, entry: LedgerEntry) -> str:
        return entry.transaction.kind

    @admin.display(description="of")
    def reference(self, entry: LedgerEntry) -> UUID:
        return entry.transaction.reference

    @admin.display(description="by")
    def actor_name(self, entry: LedgerEntry) -> str:
        return entry.transaction.actor_name

    @admin.display(description="amount")
    def money(self, entry: LedgerEntry) -> str:
        return shown(entry.amount, entry.currency)


from . import admin_customers as admin_customers  # noqa: E402  # customers and what they hold are a module of their own
from . import admin_money as admin_money  # noqa: E402  # and so is what is taken beside the counter
