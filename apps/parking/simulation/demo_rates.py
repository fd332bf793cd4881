"""The price lists of the demo tenants, in minor units per started unit.

Acme's daily prices of trailer, truck, car and motorcycle are those of the yard that the platform replaces.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from apps.billing.public import DEMO_DISCOUNTS, NewRates, Plan

from .demo_sites import CITY_LOT, GARAGE
from .history_rows import Place

IN_FORCE_SINCE = datetime(2015, 1, 1, tzinfo=UTC)
"""Long before the history, so that stays replayed from old files have a price too."""


class Price(msgspec.Struct, frozen=True):
    """`site` None: wherever a site has no price of its own."""

    vehicle_type: str
    hourly: int
    daily: int
    weekly: int | None = None
    monthly: int | None = None
    site: str | None = None


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's prices, with what is the same for all of them (see `Plan`)."""

    currency: str
    tax_rate: Decimal
    tax_inclusive: bool
    grace_minutes: int
    overstay_multiplier: Decimal
    prices: tuple[Price, ...]


PRICE_LISTS = {
    "acme": PriceList(
        currency="INR",
        tax_rate=Decimal(18),
        tax_inclusive=False,
        grace_minutes=10,
        overstay_multiplier=Decimal("1.5"),
        prices=(
            Price("trailer", 30_00, 225_00, 1350_00, 4500_00),
            Price("truck", 20_00, 150_00, 900_00, 3000_00),
            Price("bus", 20_00, 150_00, 900_00),
            Price("van", 15_00, 100_00, 600_00),
            Price("car", 15_00, 100_00, 600_00, 1800_00),
            Price("motorcycle", 8_00, 50_00, 300_00, 900_00),
            Price("car", 40_00, 260_00, site=CITY_LOT.name),
            Price("van", 50_00, 320_00, site=CITY_LOT.name),
            Price("motorcycle", 15_00, 90_00, site=CITY_LOT.name),
        ),
    ),
    "globex": PriceList(
        currency="EUR",
        tax_rate=Decimal(21),
        tax_inclusive=True,
        grace_minutes=15,
        overstay_multiplier=Decimal("1.25"),
        prices=(
            Price("trailer", 3_50, 26_00, 140_00),
            Price("truck", 3_00, 22_00, 120_00),
            Price("bus", 4_00, 30_00),
            Price("van", 2_20, 15_00, 80_00),
            Price("car", 2_00, 14_00, 75_00, 240_00),
            Price("motorcycle", 80, 5_00, 25_00),
            Price("car", 2_60, 18_00, 85_00, 260_00, site=GARAGE.name),
        ),
    ),
}


def rates_of(prices: PriceList, places: dict[str, Place]) -> Iterator[NewRates]:
    """The rates to be made, for the locations at these sites and for all others."""
    for price in prices.prices:
        yield NewRates(
            vehicle_type=price.vehicle_type,
            location_id=places[price.site].location_id if price.site else None,
            effective_at=IN_FORCE_SINCE,
            plan=Plan(
                currency=prices.currency,
                hourly=price.hourly,
                daily=price.daily,
                weekly=price.weekly,
                monthly=price.monthly,
                grace_minutes=prices.grace_minutes,
                overstay_multiplier=prices.overstay_multiplier,
                tax_rate=prices.tax_rate,
                tax_inclusive=prices.tax_inclusive,
                discounts=DEMO_DISCOUNTS if price.site else (),
            ),
        )
