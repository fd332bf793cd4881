"""The firms of a demo tenant: accounts, a season permit, a merchant, a code, and two months' invoices."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.billing.commands.credit_notes import credit_invoice
from apps.billing.commands.customer_payments import PayIn, take_customer_payment
from apps.billing.commands.customers import CustomerDetails, add_customer
from apps.billing.commands.discount_codes import CodeTerms, add_discount_code
from apps.billing.commands.invoices import NothingToInvoice, generate_invoice
from apps.billing.commands.merchants import MerchantTerms, add_merchant
from apps.billing.commands.monthly_charges import charge_months
from apps.billing.commands.permits import PermitDetails, add_permit
from apps.billing.commands.validations import ValidationNotValidHere, validate_stay
from apps.billing.invoicing.collecting import Wanted
from apps.billing.invoicing.content import content_of
from apps.billing.models import Customer, CustomerKind, CustomerPayment, Invoice
from apps.billing.stays import list_haulier_stays, list_stays
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.money import minor_to_decimal

from .plans import CAMPAIGN, VALIDATION, BooksPlan, DemoSite, Firm, Shop

PERMIT_VEHICLES, PERMIT_PLACES = 6, 4
VALIDATED_TODAY = 3


def deal_with_firms(plan: BooksPlan, *, sites: Mapping[str, DemoSite], manager: Actor, at: datetime) -> None:
    """Make them, as the manager, with what has passed between them and the tenant until `at` (UTC)."""
    credit = _open_account(plan.credit, CustomerKind.CREDIT, actor=manager)
    prepaid = _open_account(plan.prepaid, CustomerKind.PREPAID, actor=manager)
    top_up = PayIn(
        amount=plan.prepaid.paid_in,
        method=CustomerPayment.Method.BANK_TRANSFER,
        purpose=CustomerPayment.Purpose.TOPUP,
        reference="Parking account",
    )
    take_customer_payment(customer_id=prepaid.id, payment=top_up, actor=manager, at=at - timedelta(days=6))
    _give_permit(plan, credit, sites[plan.permit_site].location_id, actor=manager, at=at)
    _let_shop_validate(plan.shop, sites[plan.shop.site], actor=manager, at=at)
    limits = CodeTerms(max_per_vehicle=1, max_per_day=100)
    add_discount_code(code=CAMPAIGN, terms=limits, actor=manager)
    charge_months(at=at)
    _invoice_two_months(credit, actor=manager, at=at)


def _open_account(firm: Firm, kind: CustomerKind, *, actor: Actor) -> Customer:
    details = CustomerDetails(
        name=firm.name,
        transport_names=[firm.name],
        email=firm.email,
        address=firm.address,
        tax_id=firm.tax_id,
        credit_limit=firm.limit,
        invoice_monthly=kind == CustomerKind.CREDIT,
    )
    return add_customer(kind=kind, details=details, actor=actor)


def _give_permit(plan: BooksPlan, customer: Customer, location_id: UUID, *, actor: Actor, at: datetime) -> None:
    """For the vehicles that came most lately: more than there are places, as hauliers have it."""
    known = list_stays(list_haulier_stays(customer.name, since=at - timedelta(days=30), until=at)).values()
    lately = sorted((stay for stay in known if stay.location_id == location_id), key=lambda stay: stay.entry_at)
    plates = list(dict.fromkeys(stay.vehicle_number for stay in reversed(lately)))[:PERMIT_VEHICLES]
    details = PermitDetails(
        vehicles=plates,
        places=PERMIT_PLACES,
        location_ids=[location_id],
        valid_from=_local_date(at).replace(day=1),
        price_per_month=plan.permit_price,
    )
    add_permit(customer_id=customer.id, details=details, actor=actor)


def _let_shop_validate(shop: Shop, site: DemoSite, *, actor: Actor, at: datetime) -> None:
    details = CustomerDetails(name=shop.name, email=shop.email)
    payer = add_customer(kind=CustomerKind.CREDIT, details=details, actor=actor)
    terms = MerchantTerms(
        name=shop.name,
        facts={VALIDATION: True},
        quota_per_day=shop.quota_per_day,
        price=shop.price,
        customer_id=payer.id,
    )
    merchant = add_merchant(terms=terms, location_id=site.location_id, actor=actor)
    for stay_id in site.parked_cars[:VALIDATED_TODAY]:
        try:
            validate_stay(merchant_id=merchant.id, stay_id=stay_id, vehicle_number=None, actor=actor, at=at)
        except ValidationNotValidHere:  # it came before there was anything to lend
            continue


def _invoice_two_months(customer: Customer, *, actor: Actor, at: datetime) -> None:
    """The month before last, paid in the meantime, and the last one, a line of which was put right."""
    this = _local_date(at).replace(day=1)
    last = _before(this)
    older = _invoice(customer, _before(last), last, actor=actor, at=_morning(last))
    if older is not None and older.due > 0:
        paid = PayIn(
            amount=minor_to_decimal(older.due, older.currency),
            method=CustomerPayment.Method.BANK_TRANSFER,
            purpose=CustomerPayment.Purpose.INVOICE,
            reference=older.number,
            invoice_id=older.id,
        )
        take_customer_payment(customer_id=customer.id, payment=paid, actor=actor, at=_morning(last, days=16))
    recent = _invoice(customer, last, this, actor=actor, at=min(_morning(this), at))
    if recent is not None and len(content_of(recent).lines) > 1:
        credit_invoice(
            invoice_id=recent.id,
            positions=[1],
            reason="The vehicle had broken down in the exit lane and was towed.",
            actor=actor,
            at=at,
        )


def _invoice(customer: Customer, begin: date, end: date, *, actor: Actor, at: datetime) -> Invoice | None:
    """The invoice of a month, issued at `at`; None where nothing is unpaid in it."""
    wanted = Wanted(period_from=begin, period_to=end, transport_name=customer.name)
    try:
        return generate_invoice(wanted=wanted, actor=actor, at=at)
    except NothingToInvoice:
        return None


def _morning(day: date, *, days: int = 0) -> datetime:
    zone = ZoneInfo(tenancy.current().timezone)
    return datetime.combine(day + timedelta(days=days), time(9), zone)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _local_date(at: datetime) -> date:
    return at.astimezone(ZoneInfo(tenancy.current().timezone)).date()
