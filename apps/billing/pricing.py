"""The price of a stay of this tenant, by the rate that governs it."""

from datetime import datetime
from uuid import UUID

import msgspec

from .applicable_rates import ApplicableRate, find_applicable_rate
from .stays import StayFacts
from .tariff import Fee, Stay, Unpriceable, price

NO_RATE = "no_applicable_rate"


class PricedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's fee and the rate behind it; without a price `fee` is None and `unpriced_reason` is a code,
    which `unpriced_detail` explains where the plan itself refused."""

    fee: Fee | None = None
    rate: ApplicableRate | None = None
    unpriced_reason: str = ""
    unpriced_detail: str = ""

    @property
    def rate_id(self) -> UUID | None:
        return self.rate.rate_id if self.rate else None

    @property
    def rate_version(self) -> int | None:
        return self.rate.version if self.rate else None


def price_stay(*, stay: StayFacts, until: datetime) -> PricedStay:
    """Price a stay until `until` (UTC) by the rate in force at its entry; writes nothing.

    Entry governs, so that a price cannot change under a parked vehicle. Raises InvalidStay.
    """
    rate = find_applicable_rate(vehicle_type=stay.vehicle_type, location_id=stay.location_id, at=stay.entry_at)
    return price_under(rate, stay=stay, until=until)


def price_under(rate: ApplicableRate | None, *, stay: StayFacts, until: datetime) -> PricedStay:
    """Price a stay by a rate that is at hand. Raises InvalidStay."""
    if rate is None:
        return PricedStay(unpriced_reason=NO_RATE)
    timed = Stay(
        entry_at=stay.entry_at,
        exit_at=until,
        allowed_until=stay.allowed_until,
        facts={**stay.facts, "vehicleType": stay.vehicle_type},
        earlier_visits=stay.earlier_visits,
        paid_at=stay.paid_at,
    )
    try:
        return PricedStay(fee=price(rate.plan, timed), rate=rate)
    except Unpriceable as error:
        return PricedStay(rate=rate, unpriced_reason=error.code, unpriced_detail=str(error))
