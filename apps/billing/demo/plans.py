"""What the demo tenants' books are made of: invented firms and prices, in the tenant's currency."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from apps.billing.commands.letterhead import LetterheadTerms
from apps.billing.invoicing.monthly_tax import MonthlyTax
from apps.billing.tariff import SimpleDiscount, SimpleDiscounts


class DemoSite(msgspec.Struct, frozen=True, kw_only=True):
    """A location of the demo, with the stays of cars that stand there now."""

    location_id: UUID
    parked_cars: Sequence[UUID] = ()


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """A haulier with an account. `limit` is its credit; `paid_in` what it paid ahead, where it is prepaid."""

    name: str
    email: str
    address: str
    tax_id: str
    limit: Decimal = Decimal(0)
    paid_in: Decimal = Decimal(0)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that validates at `site`, and pays `price` for each validation."""

    name: str
    email: str
    site: str
    price: Decimal
    quota_per_day: int = 40


class BooksPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The books of one tenant. Sites are named as parking names them.

    `differences` are by how much the last days' counts miss what was expected, the oldest first; the drawer stands at
    `till`, whose barrier at `exit_gate` was opened by hand. The permit's vehicles stand at `permit_site`. A draft price
    list waits for `draft_site`.
    """

    letterhead: LetterheadTerms
    credit: Firm
    prepaid: Firm
    shop: Shop
    till: str
    exit_gate: str
    opening_float: Decimal
    differences: tuple[Decimal, ...]
    expense: Decimal
    permit_site: str
    permit_price: Decimal
    draft_site: str


VALIDATION, CAMPAIGN = "shopping", "FESTIVAL10"
"""The facts that the price lists of the shops' sites ask for: a merchant lends the one, a discount code the other."""
DISCOUNTS: SimpleDiscounts = (
    SimpleDiscount(code=VALIDATION, name="Two hours with your shopping", kind="time", value=Decimal(120)),
    SimpleDiscount(code=CAMPAIGN, name="Festival week", kind="percent", value=Decimal(10)),
)

BOOKS = {
    "acme": BooksPlan(
        letterhead=LetterheadTerms(
            legal_name="Acme Parking Services Private Limited",
            address="Plot 14, Uran Road",
            postcode="400702",
            city="Navi Mumbai",
            country="IN",
            email="accounts@acme.example",
            phone="+91 00000 00000",
            tax_id="27AAAAA0000A1Z5",
            payment_days=21,
            footer="Subject to Navi Mumbai jurisdiction.",
            monthly_tax=(MonthlyTax(since=date(2017, 7, 1), rate=Decimal(18)),),
        ),
        credit=Firm(
            name="Nandivan Roadlines",
            email="accounts@nandivan.example",
            address="Gala 7, Truck Terminal Building\nNavi Mumbai 400702",
            tax_id="27BBBBB0000B1Z5",
            limit=Decimal(500_000),
        ),
        prepaid=Firm(
            name="Suryatal Carriers",
            email="office@suryatal.example",
            address="Shed 31, Steel Market\nKalamboli 410218",
            tax_id="27CCCCC0000C1Z5",
            paid_in=Decimal(40_000),
        ),
        shop=Shop(
            name="Station Road Sweets",
            email="shop@stationroad.example",
            site="Station Road City Lot",
            price=Decimal(15),
        ),
        till="Uran Road Truck Terminal",
        exit_gate="South exit",
        opening_float=Decimal(2_000),
        differences=(Decimal(0), Decimal(0), Decimal(-50), Decimal(0), Decimal(20), Decimal(-120)),
        expense=Decimal(180),
        permit_site="Kalamboli Container Yard",
        permit_price=Decimal(9_000),
        draft_site="Station Road City Lot",
    ),
    "globex": BooksPlan(
        letterhead=LetterheadTerms(
            legal_name="Globex Parking B.V.",
            address="Sluispolderweg 60",
            postcode="1505 HK",
            city="Zaandam",
            country="NL",
            email="accounts@globex.example",
            tax_id="NL000000000B00",
            payment_days=14,
            monthly_tax=(MonthlyTax(since=date(2012, 10, 1), rate=Decimal(21)),),
        ),
        credit=Firm(
            name="Van der Zilt Transport",
            email="accounts@vanderzilt.example",
            address="Havenstraat 12\n1506 AA Zaandam",
            tax_id="NL000000001B01",
            limit=Decimal(15_000),
        ),
        prepaid=Firm(
            name="Blauwreiger Logistiek",
            email="kantoor@blauwreiger.example",
            address="Kadeweg 3\n2030 Antwerpen",
            tax_id="BE0000000097",
            paid_in=Decimal(1_500),
        ),
        shop=Shop(
            name="Bakkerij Kattendijk",
            email="winkel@kattendijk.example",
            site="Parking Noorderdokken",
            price=Decimal("0.80"),
        ),
        till="Truckpark Zaanhaven",
        exit_gate="Uit",
        opening_float=Decimal(150),
        differences=(Decimal(0), Decimal("-2.50"), Decimal(0), Decimal(0), Decimal(1), Decimal(-6)),
        expense=Decimal("8.40"),
        permit_site="Truckpark Zaanhaven",
        permit_price=Decimal(480),
        draft_site="Parking Noorderdokken",
    ),
}
