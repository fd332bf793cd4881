"""Customers, permits, discount codes and merchants on the tenant's admin; each is changed by its command."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, actor_of, tenant_site
from apps.core.errors import DomainError
from apps.core.money import minor_to_decimal

from .accounts import get_available, get_owed
from .admin_amounts import shown
from .commands.customers import CustomerDetails, add_customer, change_customer
from .commands.discount_codes import CodeTerms, add_discount_code, change_discount_code
from .commands.merchants import MerchantTerms, change_merchant
from .commands.permits import PermitDetails, change_permit
from .models import Customer, CustomerKind, CustomerPayment, DiscountCode, Merchant, Permit

_ABOUT = ("name", "email", "address", "tax_id", "language")
_LIMITS = ("valid_from", "valid_until", "max_uses", "max_per_vehicle", "max_per_day", "active")


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What is said of a customer, with the limit in whole money."""

    limit = forms.DecimalField(
        required=False,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="how much it may owe, or a prepaid account be overdrawn",
    )

    class Meta:
        model = Customer
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.instance
        if customer.currency:
            self.initial["limit"] = minor_to_decimal(customer.credit_limit, customer.currency)

    def _post_clean(self) -> None:
        """Nothing: the command checks what the model holds."""


@admin.register(Customer, site=tenant_site)
class CustomerAdmin(ReadMostlyAdmin):
    """Who has an account. Vehicles and hauliers' names are written through the API."""

    resource = "customers"
    icon = "groups"
    form = CustomerForm
    list_display = ["name", "kind", "owes", "can_charge", "active"]
    list_filter = ["kind", "active"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = [*_ABOUT, "kind", "limit", "active", "transport_names", "plates", "owes", "can_charge"]
    writable = (*_ABOUT, "limit", "active")
    writable_first = (*_ABOUT, "kind", "limit")

    @admin.display(description="owes")
    def owes(self, customer: Customer) -> str:
        return shown(get_owed(customer), customer.currency)

    @admin.display(description="can be charged")
    def can_charge(self, customer: Customer) -> str:
        return shown(get_available(customer), customer.currency)

    @admin.display(description="vehicles")
    def plates(self, customer: Customer) -> str:
        return ", ".join(vehicle.vehicle_number for vehicle in customer.vehicles.all()) or "–"

    def create(self, *, fields: Fields, actor: Actor) -> Customer:
        return add_customer(kind=CustomerKind(fields["kind"]), details=_details(fields), actor=actor)

    def change(self, *, row: Customer, fields: Fields, changed: list[str], actor: Actor) -> None:
        change_customer(
            customer_id=row.id,
            expected_version=row.version,
            details=_details(fields, active=fields["active"]),
            actor=actor,
        )


def _details(fields: Fields, *, active: bool | None = None) -> CustomerDetails:
    limit: Decimal = fields["limit"] if fields["limit"] is not None else Decimal(0)
    return CustomerDetails(credit_limit=limit, active=active, **{name: fields[name] for name in _ABOUT})


@admin.register(CustomerPayment, site=tenant_site)
class CustomerPaymentAdmin(ReadMostlyAdmin):
    """Money from customers, newest first."""

    resource = "customers"
    icon = "savings"
    endless = True
    list_display = ["receipt_number", "customer", "money", "method", "purpose", "taken_at"]
    list_filter = ["method", "purpose", "taken_at"]
    list_select_related = ["customer"]
    search_fields = ["receipt_number", "customer__name", "reference"]
    ordering = ["-taken_at"]
    fields = [
        "receipt_number", "customer", "money", "method", "purpose", "reference", "invoice_id", "taken_by_name",
        "taken_at",
    ]  # fmt: skip

    @admin.display(description="amount")
    def money(self, payment: CustomerPayment) -> str:
        return shown(payment.amount, payment.currency)


@admin.register(Permit, site=tenant_site)
class PermitAdmin(ReadMostlyAdmin):
    """Season permits. They are written through the API, and ended here."""

    resource = "customers"
    icon = "badge"
    list_display = ["number", "customer", "places", "valid_from", "valid_until", "price", "active"]
    list_filter = ["active"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__name"]
    ordering = ["-id"]
    actions = ["end"]
    fields = [
        "number",
        "customer",
        "plates",
        "places",
        "windows",
        "facts",
        "valid_from",
        "valid_until",
        "price",
        "active",
    ]

    @admin.display(description="a month")
    def price(self, permit: Permit) -> str:
        return shown(permit.price_per_month, permit.currency)

    @admin.display(description="vehicles")
    def plates(self, permit: Permit) -> str:
        return ", ".join(vehicle.vehicle_number for vehicle in permit.vehicles.all()) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and self._may(request, "write")

    @admin.action(description="End these permits now", permissions=["change"])
    def end(self, request: HttpRequest, chosen: QuerySet[Permit]) -> None:
        """Their vehicles pay from now on; months that are charged stay charged."""
        actor = actor_of(request)
        assert actor is not None
        for permit in chosen:
            try:
                details = PermitDetails(active=False)
                change_permit(permit_id=permit.id, expected_version=permit.version, details=details, actor=actor)
                self.message_user(request, f"{permit.number}: ended.")
            except DomainError as refusal:
                self.message_user(request, f"{permit.number}: {refusal.detail}", level="ERROR")


@admin.register(DiscountCode, site=tenant_site)
class DiscountCodeAdmin(ReadMostlyAdmin):
    """Discount codes; what each is worth the price lists say."""

    resource = "discounts"
    icon = "confirmation_number"
    list_display = ["code", "lends", "used", "max_uses", "valid_until", "active"]
    list_filter = ["active"]
    search_fields = ["code"]
    ordering = ["code_key"]
    fields = ["code", "lends", "used", *_LIMITS]
    writable = _LIMITS
    writable_first = ("code", *_LIMITS[:-1])

    @admin.display(description="lends")
    def lends(self, code: DiscountCode) -> str:
        return ", ".join(f"{name}: {value}" for name, value in code.facts.items())

    @admin.display(description="used")
    def used(self, code: DiscountCode) -> int:
        return code.uses.count()

    def create(self, *, fields: Fields, actor: Actor) -> DiscountCode:
        terms = CodeTerms(**{name: fields[name] for name in _LIMITS[:-1]})
        return add_discount_code(code=fields["code"], terms=terms, actor=actor)

    def change(self, *, row: DiscountCode, fields: Fields, changed: list[str], actor: Actor) -> None:
        terms = CodeTerms(**{name: fields[name] for name in _LIMITS})
        change_discount_code(code_id=row.id, expected_version=row.version, terms=terms, actor=actor)


@admin.register(Merchant, site=tenant_site)
class MerchantAdmin(ReadMostlyAdmin):
    """Who validates stays. Quotas are changed here; facts, price and payer through the API."""

    resource = "discounts"
    icon = "storefront"
    list_display = ["name", "quota_per_day", "quota_per_month", "charged", "active"]
    list_filter = ["active"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "facts", "location_id", "quota_per_day", "quota_per_month", "charged", "customer", "active"]
    writable = ("name", "quota_per_day", "quota_per_month", "active")

    @admin.display(description="a validation")
    def charged(self, merchant: Merchant) -> str:
        return "–" if merchant.price is None else shown(merchant.price, merchant.currency)

    def change(self, *, row: Merchant, fields: Fields, changed: list[str], actor: Actor) -> None:
        terms = MerchantTerms(**{name: fields[name] for name in self.writable})
        change_merchant(merchant_id=row.id, expected_version=row.version, terms=terms, actor=actor)
