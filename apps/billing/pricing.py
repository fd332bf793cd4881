"""The price of a stay of this tenant: which rate applies, and what it makes of the stay."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

import msgspec

from apps.core.db.statement import Statement

from .stays import StayFacts
from .tariff import Fee, FeeOutOfRange, Plan, Stay, price

NO_RATE = "no_applicable_rate"

# Half-open periods; a rate of the location's own goes before one for all locations. Retired versions price the stays
# that entered in their time; drafts price nothing.
_APPLICABLE = Statement("""
SELECT rate_id, version, currency, hourly, daily, weekly, monthly,
       grace_period_minutes, overstay_multiplier, tax_rate, tax_inclusive
FROM {schema}.billing_ratestructure
WHERE vehicle_type = %(vehicle_type)s AND (location_id = %(location_id)s OR location_id IS NULL)
  AND status <> 'draft' AND effective_at <= %(at)s AND (expiry_at IS NULL OR expiry_at > %(at)s)
ORDER BY location_id NULLS LAST
LIMIT 1
""")


class ApplicableRate(msgspec.Struct, frozen=True):
    """A version of a rate, as a plan for the tariff engine."""

    rate_id: UUID
    version: int
    plan: Plan


class PricedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's fee and the rate behind it; without a price the three are None and `unpriced_reason` is a code."""

    fee: Fee | None = None
    rate_id: UUID | None = None
    rate_version: int | None = None
    unpriced_reason: str = ""


def find_applicable_rate(*, vehicle_type: str, location_id: UUID, at: datetime) -> ApplicableRate | None:
    """The rate that governs a stay which enters at `at` (UTC), or None. One query."""
    rows = _APPLICABLE.run({"vehicle_type": vehicle_type, "location_id": location_id, "at": at})
    if not rows:
        return None
    rate_id, version, *terms = rows[0]
    return ApplicableRate(rate_id, version, _plan(*terms))


def price_stay(*, stay: StayFacts, until: datetime) -> PricedStay:
    """Price a stay until `until` (UTC) by the rate in force at its entry; writes nothing.

    Entry governs, so that a price cannot change under a parked vehicle. Raises InvalidStay.
    """
    rate = find_applicable_rate(vehicle_type=stay.vehicle_type, location_id=stay.location_id, at=stay.entry_at)
    if rate is None:
        return PricedStay(unpriced_reason=NO_RATE)
    timed = Stay(entry_at=stay.entry_at, exit_at=until, allowed_until=stay.allowed_until)
    try:
        fee = price(rate.plan, timed)
    except FeeOutOfRange as error:
        return PricedStay(rate_id=rate.rate_id, rate_version=rate.version, unpriced_reason=error.code)
    return PricedStay(fee=fee, rate_id=rate.rate_id, rate_version=rate.version)


@lru_cache(maxsize=1024)
def _plan(
    currency: str,
    hourly: int | None,
    daily: int | None,
    weekly: int | None,
    monthly: int | None,
    grace_minutes: int,
    overstay_multiplier: Decimal,
    tax_rate: Decimal,
    tax_inclusive: bool,
) -> Plan:
    # cached by the whole content, so that no version and no tenant can get another one's
    return Plan(
        currency=currency,
        hourly=hourly,
        daily=daily,
        weekly=weekly,
        monthly=monthly,
        grace_minutes=grace_minutes,
        overstay_multiplier=overstay_multiplier,
        tax_rate=tax_rate,
        tax_inclusive=tax_inclusive,
    )
