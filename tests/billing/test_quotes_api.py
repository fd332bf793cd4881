"""/api/v1/billing/quotes: the fee of a known or a hypothetical stay, and nothing written."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.core import clock
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import ENTRY, YARD, Yard, ledger, make_rate
from tests.factories.api import Api

SignIn = Callable[..., Api]
HYPOTHETICAL = {
    "vehicleType": "car",
    "locationId": str(YARD),
    "entryTime": "2026-03-02T12:00:00+05:30",
    "exitTime": "2026-03-02T09:00:00Z",
}
pytestmark = pytest.mark.usefixtures("in_acme")


def test_a_hypothetical_stay_is_priced(api: SignIn, yard: Yard) -> None:
    rate = make_rate(daily=4_000, tax_rate=Decimal(18), tax_inclusive=True)
    before = ledger()
    quote = api().post("billing/quotes", HYPOTHETICAL)
    assert quote.status == 200
    assert quote.json == {
        "baseAmount": Decimal("33.90"),
        "overstayPenalty": Decimal("0.00"),
        "discountAmount": Decimal("0.00"),
        "taxAmount": Decimal("6.10"),
        "totalAmount": Decimal("40.00"),
        "currency": "INR",
        "breakdown": {
            "durationMinutes": 150,
            "rateApplied": "daily",
            "discountsApplied": [],
            "taxRate": 18,
            "lines": [
                {
                    "code": "daily",
                    "description": "3 hours (capped at one day)",
                    "quantity": 1,
                    "unitAmount": Decimal("40.00"),
                    "amount": Decimal("33.90"),
                },
                {
                    "code": "tax",
                    "description": "Tax 18%, contained in the prices",
                    "quantity": 1,
                    "unitAmount": Decimal("6.10"),
                    "amount": Decimal("6.10"),
                },
            ],
            "rateId": str(rate.rate_id),
            "rateVersion": 1,
        },
    }
    assert ledger() == before


def test_a_parked_vehicle_is_priced_until_now_or_an_instant(api: SignIn, yard: Yard) -> None:
    make_rate(overstay_multiplier=Decimal(3))
    entry = clock.now() - timedelta(hours=2, minutes=30)
    stay = yard.stay(hours=None, entry_at=entry, allowed_until=entry + timedelta(hours=4))
    now = api().post("billing/quotes", {"entryId": str(stay.stay_id)})
    assert now.json["totalAmount"] == 60
    later = api().post(
        "billing/quotes", {"entryId": str(stay.stay_id), "exitTime": (entry + timedelta(hours=5)).isoformat()}
    )
    assert (later.json["baseAmount"], later.json["overstayPenalty"]) == (100, 40)


def test_a_past_stay_is_priced_until_its_exit(api: SignIn, yard: Yard) -> None:
    make_rate()
    assert api().post("billing/quotes", {"entryId": str(yard.stay(hours=3).stay_id)}).json["totalAmount"] == 60


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"exitTime": "2026-03-02T06:00:00Z"}, 422, "invalid", "exitTime"),
        ({"exitTime": None}, 422, "invalid", "exitTime"),
        ({"vehicleType": None}, 422, "invalid", "vehicleType"),
        ({"entryTime": "2026-03-02T12:00:00"}, 422, "invalid", "entryTime"),
        ({"discountCodes": ["SUMMER"]}, 422, "invalid", "discountCodes"),
        ({"surprise": 1}, 422, "invalid", "surprise"),
        ({"entryId": str(new_id())}, 422, "invalid", "vehicleType"),
        ({"vehicleType": "truck"}, 409, "no_applicable_rate", None),
        ({"vehicleType": "airship"}, 422, "invalid", "vehicleType"),
        ({"locationId": str(new_id())}, 404, "location_not_found", None),
    ],
)
def test_what_cannot_be_priced_is_refused(
    api: SignIn, yard: Yard, change: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    make_rate()
    before = ledger()
    refused = api().post("billing/quotes", {**HYPOTHETICAL, **change})
    assert (refused.status, refused.code) == (status, code)
    assert field is None or refused.json["errors"][0]["field"] == field
    assert ledger() == before


def test_a_stay_of_no_one_here_is_not_found(api: SignIn, yard: Yard) -> None:
    refused = api().post("billing/quotes", {"entryId": str(new_id())})
    assert (refused.status, refused.code) == (404, "entry_not_found")


def test_who_may_not_see_prices_gets_no_quote(api: SignIn, yard: Yard) -> None:
    make_rate()
    assert api("viewer").post("billing/quotes", HYPOTHETICAL).status == 403
    assert Api(host="acme.localhost").post("billing/quotes", HYPOTHETICAL).status == 401


def test_another_tenant_s_prices_are_not_these(api: SignIn, yard: Yard, globex: TenantRef) -> None:
    make_rate()
    assert ENTRY.isoformat() == "2026-03-02T06:30:00+00:00"
    assert api("operator", "globex").post("billing/quotes", HYPOTHETICAL).code == "no_applicable_rate"
