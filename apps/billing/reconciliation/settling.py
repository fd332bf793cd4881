"""Settling the fee of a stay that left without a price: by a rate, or by an amount that a person states.

This alone gives such a stay its price. Its fee's row is locked, so two who settle it queue up.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.applicable_rates import ApplicableRate, find_applicable_rate
from apps.billing.events import StayPriced
from apps.billing.ledger.movements import stay_charged
from apps.billing.ledger.posting import post_all
from apps.billing.models import Settlement, StayFee
from apps.billing.pricing import price_under
from apps.billing.queries import get_rate
from apps.billing.stay_accounts import with_account
from apps.billing.stays import StayFacts, get_stay
from apps.billing.tariff import CompiledPlan, Fee, Line, Plan
from apps.billing.tariff.fee import TAX
from apps.core import changes, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import publish
from apps.core.money import MoneyError, minor_from_decimal, minor_to_decimal, round_ratio

SETTLED = "settled"


class NotUnpriced(Conflict):
    code, title = "already_priced", "This stay has its price"


class NoUnpricedStay(NotFound):
    code, title = "entry_not_found", "There is no such stay here"


class NotPricedByRate(Conflict):
    code, title = "not_priced", "This rate has no price for the stay either"


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """An amount with tax in it, in the fee's currency, and the tax rate in percent; None: that of the rate in force."""

    amount: Decimal
    tax_rate: Decimal | None = None


@transaction.atomic
def settle_stay(*, stay_id: UUID, by: Stated | UUID, reason: str, actor: Actor, at: datetime) -> StayFee:
    """Give a stay without a price its fee, at `at` (UTC): a stated amount, or by the latest version of a rate.

    Raises NoUnpricedStay, NotUnpriced, RateNotFound, NotPricedByRate, Invalid.
    """
    if not reason.strip():
        raise Invalid.field("reason", "required", "Say why.")
    fee = StayFee.objects.select_for_update().filter(stay_id=stay_id).first()
    if fee is None or fee.is_open:
        raise NoUnpricedStay("Check the entry's id; no stay of this tenant has ended under it.")
    if fee.total is not None:
        raise NotUnpriced("Somebody settled it, or a rate priced it at the exit.")
    settlement = Settlement(
        stay=fee, unpriced_reason=fee.unpriced_reason, stated=isinstance(by, Stated), reason=reason.strip(),
        settled_by=actor.id, settled_by_name=actor.name, settled_at=at,
    )  # fmt: skip
    stay = with_account(get_stay(stay_id), fee)
    assert stay.exit_at is not None
    rate: ApplicableRate | None = None
    if isinstance(by, Stated):
        priced = _stated(by, fee, stay, reason)
    else:
        rate = _latest(by)
        priced = _by_rate(rate, stay, fee)
    _save(fee, priced, rate, at=at)
    settlement.save(force_insert=True)
    if (movement := stay_charged(fee)) is not None:
        post_all(postings=[movement])
    told = StayPriced(
        settlement_id=settlement.id,
        entry_id=stay_id,
        tenant_id=tenancy.current().id,
        location_id=fee.location_id,
        vehicle_type=fee.vehicle_type,
        total_fee=minor_to_decimal(priced.total, fee.currency),
        currency=fee.currency,
        rate_id=fee.rate_id,
        exit_time=stay.exit_at,
        priced_at=at,
    )
    publish(told, aggregate_id=settlement.id, at=at, actor=actor)
    changes.announce()
    return fee


def _by_rate(rate: ApplicableRate, stay: StayFacts, fee: StayFee) -> Fee:
    assert stay.exit_at is not None
    if rate.plan.currency != fee.currency:
        raise Invalid.field("rateId", "currency_mismatch", f"This fee is in {fee.currency}.")
    priced = price_under(rate, stay=stay, until=stay.exit_at)
    if priced.fee is None:
        raise NotPricedByRate(priced.unpriced_detail, facts={"reason": priced.unpriced_reason})
    return priced.fee


def _latest(rate_id: UUID) -> ApplicableRate:
    rate = get_rate(rate_id=rate_id)
    return ApplicableRate(rate.id, rate.rate_id, rate.version, rate.effective_at, rate.expiry_at, rate.plan())


def _stated(by: Stated, fee: StayFee, stay: StayFacts, reason: str) -> Fee:
    try:
        amount = minor_from_decimal(by.amount, fee.currency)
    except MoneyError as error:
        raise Invalid.field("amount", error.code, str(error)) from None
    if amount < 0:
        raise Invalid.field("amount", "negative", "Nothing, or more.")
    tax_rate = by.tax_rate if by.tax_rate is not None else _usual_tax(stay)
    if not 0 <= tax_rate <= 100 or tax_rate != round(tax_rate, 6):
        raise Invalid.field("taxRate", "out_of_range", "Percent, 0 to 100, with at most 6 decimals.")
    numerator, denominator = (tax_rate / 100).as_integer_ratio()
    tax = round_ratio(amount * numerator, denominator + numerator)
    lines = [Line(SETTLED, f"Settled: {reason.strip()}", 1, amount, amount - tax)]
    if tax:
        lines.append(Line(TAX, f"Tax {tax_rate.normalize():f}%, contained in the price", 1, tax, tax))
    return Fee(fee.currency, fee.duration_minutes, tax_rate, tuple(lines))


def _usual_tax(stay: StayFacts) -> Decimal:
    """The tax rate of the price list in force at the exit; 0 where there is none."""
    assert stay.exit_at is not None
    found = find_applicable_rate(vehicle_type=stay.vehicle_type, location_id=stay.location_id, at=stay.exit_at)
    if found is None:
        return Decimal(0)
    plan: Plan | CompiledPlan = found.plan
    return plan.tax_rate if isinstance(plan, Plan) else plan.document.tax.rates[-1].percent


def _save(fee: StayFee, priced: Fee, rate: ApplicableRate | None, *, at: datetime) -> None:
    values: dict[str, Any] = {
        "base": priced.base,
        "penalty": priced.penalty,
        "discount": priced.discount,
        "tax": priced.tax,
        "total": priced.total,
        "tax_rate": priced.tax_rate,
        "lines": msgspec.to_builtins(priced.lines),
        "rate_id": rate.rate_id if rate else None,
        "rate_version": rate.version if rate else None,
        "plan_hash": rate.plan_hash if rate else "",
        "unpriced_reason": "",
        "charged_at": at,
    }
    for name, value in values.items():
        setattr(fee, name, value)
    fee.save(update_fields=list(values))
