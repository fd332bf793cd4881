"""Which version of a rate governs a stay: read from the database, or remembered by this process.

The gate's exits ask for the same few rates all day. A remembered one may be old, so the statement that records a
fee asks which version governs (`GOVERNING_SQL`), and writes nothing if it is not the one that was priced by.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.core import tenancy
from apps.core.db.statement import Statement

from .tariff import Plan

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
_READ = Statement(f"""
SELECT id, rate_id, version, effective_at, expiry_at, currency, hourly, daily, weekly, monthly,
       grace_period_minutes, overstay_multiplier, tax_rate, tax_inclusive
{_GOVERNS}""")
_REMEMBERED_AT_MOST = 20_000


class ApplicableRate(msgspec.Struct, frozen=True):
    """A version of a rate with its half-open period (UTC), as a plan for the engine; `row_id` is the version's."""

    row_id: UUID
    rate_id: UUID
    version: int
    effective_at: datetime
    expiry_at: datetime | None
    plan: Plan

    def covers(self, at: datetime) -> bool:
        """Whether the instant lies in its period."""
        return self.effective_at <= at and (self.expiry_at is None or at < self.expiry_at)


_remembered: dict[tuple[str, str, UUID], ApplicableRate] = {}


def find_applicable_rate(*, vehicle_type: str, location_id: UUID, at: datetime) -> ApplicableRate | None:
    """The rate that governs a stay which enters at `at` (UTC), or None. One query."""
    rows = _READ.run({"vehicle_type": vehicle_type, "location_id": location_id, "entry_at": at})
    if not rows:
        return None
    row_id, rate_id, version, effective_at, expiry_at, *terms = rows[0]
    rate = ApplicableRate(row_id, rate_id, version, effective_at, expiry_at, _plan(*terms))
    if len(_remembered) >= _REMEMBERED_AT_MOST:
        _remembered.clear()
    _remembered[tenancy.current().schema, vehicle_type, location_id] = rate
    return rate


def recall_applicable_rate(*, vehicle_type: str, location_id: UUID, at: datetime) -> ApplicableRate | None:
    """The rate that governed such a stay when this process last looked; only good with a check by `GOVERNING_SQL`."""
    rate = _remembered.get((tenancy.current().schema, vehicle_type, location_id))
    return rate if rate is not None and rate.covers(at) else None


@lru_cache(maxsize=1024)
def _plan(*terms: Any) -> Plan:
    # cached by the whole content, so that no version and no tenant can get another one's
    currency, hourly, daily, weekly, monthly, grace_minutes, overstay_multiplier, tax_rate, tax_inclusive = terms
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
