"""Which version of a rate governs a stay: read from the database, or remembered by this process.

The gate's exits ask for the same few rates all day. A remembered one may be old, so the statement that records a
fee asks which version governs (`GOVERNING_SQL`), and writes nothing if it is not the one that was priced by.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.core import tenancy
from apps.core.db.statement import Statement

from .tariff import CompiledPlan, Plan, SimpleDiscounts, restore

# Half-open periods; a rate of the location's own goes before one for all locations. Retired versions price the stays
# that entered in their time; drafts price nothing.
_GOVERNS = """
FROM {schema}.billing_ratestructure
WHERE vehicle_type = %(vehicle_type)s AND (location_id = %(location_id)s OR location_id IS NULL)
  AND status <> 'draft' AND effective_at <= %(entry_at)s AND (expiry_at IS NULL OR expiry_at > %(entry_at)s)
ORDER BY location_id NULLS LAST
LIMIT 1
"""
GOVERNING_SQL: Final = f"SELECT (SELECT id {_GOVERNS}) AS id"
_COLUMNS = """id, rate_id, version, effective_at, expiry_at, currency, hourly, daily, weekly, monthly,
       grace_period_minutes, overstay_multiplier, tax_rate, tax_inclusive, discounts::text, stacking,
       CASE WHEN plan_hash <> '' THEN (SELECT document FROM {schema}.billing_tariffplan WHERE hash = plan_hash) END"""
_READ = Statement(f"SELECT {_COLUMNS} {_GOVERNS}")
_READ_ALL = Statement(f"""
SELECT vehicle_type, location_id, {_COLUMNS} FROM {{schema}}.billing_ratestructure WHERE status <> 'draft'
""")
_REMEMBERED_AT_MOST = 20_000


class ApplicableRate(msgspec.Struct, frozen=True):
    """A version of a rate with its half-open period (UTC), as a plan for the engine; `row_id` is the version's."""

    row_id: UUID
    rate_id: UUID
    version: int
    effective_at: datetime
    expiry_at: datetime | None
    plan: Plan | CompiledPlan

    @property
    def plan_hash(self) -> str:
        """The hash of the plan's canonical JSON."""
        return self.plan.compiled.hash if isinstance(self.plan, Plan) else self.plan.hash

    @property
    def asks_for_visits(self) -> bool:
        """Whether the vehicle's earlier visits change the price."""
        return isinstance(self.plan, CompiledPlan) and self.plan.asks_for_visits

    def covers(self, at: datetime) -> bool:
        """Whether the instant lies in its period."""
        return self.effective_at <= at and (self.expiry_at is None or at < self.expiry_at)


class RateBook:
    """All rates of the tenant at hand, for pricing many stays of the past without a query for each."""

    def __init__(self) -> None:
        self._rates: dict[tuple[str, UUID | None], list[ApplicableRate]] = {}
        for vehicle_type, location_id, *row in _READ_ALL.run({}):
            self._rates.setdefault((vehicle_type, location_id), []).append(_rate_of(row))

    def find(self, *, vehicle_type: str, location_id: UUID, at: datetime) -> ApplicableRate | None:
        """The same as `find_applicable_rate`."""
        own, general = self._rates.get((vehicle_type, location_id), ()), self._rates.get((vehicle_type, None), ())
        return next((rate for rate in (*own, *general) if rate.covers(at)), None)


_remembered: dict[tuple[str, str, UUID | None], ApplicableRate] = {}


def find_applicable_rate(*, vehicle_type: str, location_id: UUID | None, at: datetime) -> ApplicableRate | None:
    """The rate that governs a stay which enters at `at` (UTC), or None; without a location, the general one."""
    rows = _READ.run({"vehicle_type": vehicle_type, "location_id": location_id, "entry_at": at})
    if not rows:
        return None
    rate = _rate_of(rows[0])
    if len(_remembered) >= _REMEMBERED_AT_MOST:
        _remembered.clear()
    _remembered[tenancy.current().schema, vehicle_type, location_id] = rate
    return rate


def recall_applicable_rate(*, vehicle_type: str, location_id: UUID, at: datetime) -> ApplicableRate | None:
    """The rate that governed such a stay when this process last looked; only good with a check by `GOVERNING_SQL`."""
    rate = _remembered.get((tenancy.current().schema, vehicle_type, location_id))
    return rate if rate is not None and rate.covers(at) else None


def _rate_of(row: Sequence[Any]) -> ApplicableRate:
    row_id, rate_id, version, effective_at, expiry_at, *terms = row
    return ApplicableRate(row_id, rate_id, version, effective_at, expiry_at, _plan(*terms))


@lru_cache(maxsize=1024)
def _plan(*terms: Any) -> Plan | CompiledPlan:
    # cached by the whole content, so that no version and no tenant can get another one's
    *prices, document = terms
    if document is not None:
        return restore(document.encode())
    *prices, discounts, stacking = prices
    currency, hourly, daily, weekly, monthly, grace_minutes, overstay_multiplier, tax_rate, tax_inclusive = prices
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
        discounts=msgspec.json.decode(discounts, type=SimpleDiscounts),
        stacking=stacking,
    )
