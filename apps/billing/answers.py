"""Fees, payments and rates as the API shows them. Amounts are exact decimals with the currency's own digits."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from apps.billing import models
from apps.billing.commands.taking import TakenPayment
from apps.billing.tariff import Fee, Line, SimpleDiscount
from apps.core import tenancy
from apps.core.api import Answer
from apps.core.money import minor_to_decimal


class FeeLine(Answer, frozen=True, kw_only=True):
    """One line of a fee; `code` is hourly, daily, weekly, monthly, free, overstay_penalty, discount or tax.

    `unit_amount` is the published price; `amount` is net of a tax that prices contain.
    """

    code: str
    description: str
    quantity: int
    unit_amount: Decimal
    amount: Decimal


class FeeBreakdown(Answer, frozen=True, kw_only=True):
    """How a fee came about: `rate_applied` is the largest unit charged, `tax_rate` percent."""

    duration_minutes: int
    rate_applied: str
    discounts_applied: tuple[str, ...]
    tax_rate: Decimal
    lines: tuple[FeeLine, ...]
    rate_id: UUID | None
    rate_version: int | None


class FeeCalculation(Answer, frozen=True, kw_only=True):
    """What a stay costs; `total_amount` is exactly the sum of the lines."""

    base_amount: Decimal
    overstay_penalty: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    currency: str
    breakdown: FeeBreakdown


class PaymentRecord(Answer, frozen=True, kw_only=True):
    """Money taken for a stay; of cash, what was handed over for it and what went back, where that was told."""

    id: UUID
    entry_id: UUID
    amount: Decimal
    currency: str
    method: str
    provider: str
    reference: str
    receipt_number: str
    taken_by: UUID | None
    taken_by_name: str
    taken_at: datetime
    tendered_amount: Decimal | None
    change_amount: Decimal | None


class RefundRecord(Answer, frozen=True, kw_only=True):
    """Money given back of a payment; `kind` is refund or void, `surplus_amount` the part that no fee needed.

    `status` is pending until the payment's provider has sent it back, and failed where it could not.
    """

    id: UUID
    payment_id: UUID
    kind: str
    status: str
    amount: Decimal
    surplus_amount: Decimal
    currency: str
    reason: str
    given_by: UUID | None
    given_by_name: str
    given_at: datetime


class Receipt(Answer, frozen=True, kw_only=True):
    """A receipt: who took what for which stay, and what it was made of."""

    number: str
    tenant_name: str
    issued_at: datetime
    payment: PaymentRecord
    vehicle_type: str
    fee: FeeCalculation | None


class Prices(Answer, frozen=True, kw_only=True):
    """Prices per started unit; null where a unit is not offered."""

    hourly: Decimal | None
    daily: Decimal | None
    weekly: Decimal | None
    monthly: Decimal | None


class Penalties(Answer, frozen=True, kw_only=True):
    overstay_multiplier: Decimal
    grace_period_minutes: int


class Tax(Answer, frozen=True, kw_only=True):
    """`rate` is percent; `inclusive` where the prices contain it."""

    rate: Decimal
    inclusive: bool


class Discount(Answer, frozen=True, kw_only=True):
    """Takes off `value`: percent, an amount of money or minutes, where the stay's `fact` is true."""

    code: str
    name: str
    kind: str
    value: Decimal
    taken_from: str
    fact: str


class RateStructure(Answer, frozen=True, kw_only=True):
    """One version of a price list, in force from `effective_date` until before `expiry_date`."""

    id: UUID
    tenant_id: UUID
    vehicle_type: str
    location_id: UUID | None
    currency: str
    rates: Prices
    penalties: Penalties
    tax: Tax
    discounts: tuple[Discount, ...]
    stacking: str
    plan: dict[str, Any] | None
    effective_date: datetime
    expiry_date: datetime | None
    version: int
    status: str


def fee_calculation(fee: Fee, *, rate_id: UUID | None = None, rate_version: int | None = None) -> FeeCalculation:
    """A fee as the API shows it."""
    currency = fee.currency
    return FeeCalculation(
        base_amount=minor_to_decimal(fee.base, currency),
        overstay_penalty=minor_to_decimal(fee.penalty, currency),
        discount_amount=minor_to_decimal(fee.discount, currency),
        tax_amount=minor_to_decimal(fee.tax, currency),
        total_amount=minor_to_decimal(fee.total, currency),
        currency=currency,
        breakdown=FeeBreakdown(
            duration_minutes=fee.duration_minutes,
            rate_applied=fee.rate_applied,
            discounts_applied=fee.discounts_applied,
            tax_rate=_plain(fee.tax_rate),
            lines=tuple([_line(line, currency) for line in fee.lines]),
            rate_id=rate_id,
            rate_version=rate_version,
        ),
    )


def stored_fee_calculation(stored: models.StayFee) -> FeeCalculation | None:
    """A recorded fee as the API shows it; None where the stay has no price."""
    if stored.tax_rate is None:
        return None
    lines = msgspec.convert(stored.lines, tuple[Line, ...])
    fee = Fee(stored.currency, stored.duration_minutes, stored.tax_rate, lines)
    return fee_calculation(fee, rate_id=stored.rate_id, rate_version=stored.rate_version)


def payment_record(payment: TakenPayment | models.Payment) -> PaymentRecord:
    """A payment as the API shows it."""
    tendered = payment.tendered
    return PaymentRecord(
        id=payment.id,
        entry_id=payment.stay_id,
        amount=minor_to_decimal(payment.amount, payment.currency),
        currency=payment.currency,
        method=payment.method,
        provider=payment.provider,
        reference=payment.reference,
        receipt_number=payment.receipt_number,
        taken_by=payment.taken_by,
        taken_by_name=payment.taken_by_name,
        taken_at=payment.taken_at,
        tendered_amount=None if tendered is None else minor_to_decimal(tendered, payment.currency),
        change_amount=None if tendered is None else minor_to_decimal(tendered - payment.amount, payment.currency),
    )


def refund_record(refund: models.Refund) -> RefundRecord:
    """A refund or void as the API shows it."""
    return RefundRecord(
        id=refund.id,
        payment_id=refund.payment_id,
        kind=refund.kind,
        status=_sending_status(refund),
        amount=minor_to_decimal(refund.amount, refund.currency),
        surplus_amount=minor_to_decimal(refund.surplus, refund.currency),
        currency=refund.currency,
        reason=refund.reason,
        given_by=refund.given_by,
        given_by_name=refund.given_by_name,
        given_at=refund.given_at,
    )


def _sending_status(refund: models.Refund) -> str:
    sendings: list[models.RefundSending] = list(refund.sendings.all())
    if not sendings:
        return models.SendingStatus.SUCCEEDED
    return max(sendings, key=lambda sending: sending.attempt).status


def receipt(payment: models.Payment) -> Receipt:
    """A receipt as the API shows it; `payment.stay` is read with it."""
    return Receipt(
        number=payment.receipt_number,
        tenant_name=tenancy.current().name,
        issued_at=payment.taken_at,
        payment=payment_record(payment),
        vehicle_type=payment.stay.vehicle_type,
        fee=stored_fee_calculation(payment.stay),
    )


def rate_structure(rate: models.RateStructure, *, at: datetime) -> RateStructure:
    """A version of a rate as the API shows it at an instant."""

    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else minor_to_decimal(minor, rate.currency)

    plan = msgspec.json.decode(rate.own_plan()) if rate.has_own_plan else None
    return RateStructure(
        id=rate.rate_id,
        tenant_id=tenancy.current().id,
        vehicle_type=rate.vehicle_type,
        location_id=rate.location_id,
        currency=rate.currency,
        rates=Prices(
            hourly=amount(rate.hourly),
            daily=amount(rate.daily),
            weekly=amount(rate.weekly),
            monthly=amount(rate.monthly),
        ),
        penalties=Penalties(
            overstay_multiplier=_plain(rate.overstay_multiplier), grace_period_minutes=rate.grace_period_minutes
        ),
        tax=Tax(rate=_plain(rate.tax_rate), inclusive=rate.tax_inclusive),
        discounts=tuple(_discount(each) for each in rate.listed_discounts()),
        stacking=rate.stacking,
        plan=plan,
        effective_date=rate.effective_at,
        expiry_date=rate.expiry_at,
        version=rate.version,
        status=rate.status_at(at),
    )


def _discount(discount: SimpleDiscount) -> Discount:
    return Discount(
        code=discount.code,
        name=discount.name,
        kind=discount.kind,
        value=_plain(discount.value),
        taken_from=discount.taken_from,
        fact=discount.asks_for,
    )


def _line(line: Line, currency: str) -> FeeLine:
    return FeeLine(
        code=line.code,
        description=line.description,
        quantity=line.quantity,
        unit_amount=minor_to_decimal(line.unit_amount, currency),
        amount=minor_to_decimal(line.amount, currency),
    )


def _plain(number: Decimal) -> Decimal:
    """Without the zeros that the database's column adds: 18, not 18.000000, and 10, not 1E+1."""
    return Decimal(f"{number.normalize():f}")
