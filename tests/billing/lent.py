"""A car that stands at a location of acme since two hours, under a price list with discounts."""

from datetime import timedelta
from typing import Any

from apps.core import clock
from tests.factories.api import Api

DISCOUNTS = [
    {"code": "HALF", "name": "Half price", "kind": "percent", "value": 50},
    {"code": "SHOP", "name": "Shopped", "kind": "amount", "value": 10, "fact": "shopped"},
]


def place_with(manager: Api, *, discounts: Any = DISCOUNTS, name: str = "North yard", **rate: Any) -> str:
    """A location where an hour costs 20.00 a car; its id."""
    body = {"name": name, "timezone": "Asia/Kolkata", "capacity": 50, "allowedStayMinutes": 500_000}
    place = manager.post("parking/locations", body)
    assert place.status == 201, place.json
    given = {"vehicleType": "car", "locationId": place.json["id"], "effectiveDate": "2020-01-01T00:00:00Z"}
    given |= rate or {"rates": {"hourly": 20}, "discounts": discounts}
    made = manager.post("billing/rates", given)
    assert made.status == 201, made.json
    return str(place.json["id"])


def parked(gate: Api, place: str, plate: str = "MH 12 AB 1234", *, minutes: int = 119, **more: Any) -> str:
    """A car that came in so many minutes ago; its entry's id."""
    came = clock.now() - timedelta(minutes=minutes)
    body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": place, "entryTime": came.isoformat()}
    entered = gate.post("parking/entries", body | more)
    assert entered.status == 201, entered.json
    return str(entered.json["id"])


def left(gate: Api, entry: str, **more: Any) -> Any:
    """The fee at its exit."""
    gone = gate.post("parking/exits", {"entryId": entry} | more)
    assert gone.status == 201, gone.json
    return gone.json["fee"]


def quoted(gate: Api, entry: str, **more: Any) -> Any:
    """What it would cost now."""
    quote = gate.post("billing/quotes", {"entryId": entry} | more)
    assert quote.status == 200, quote.json
    return quote.json["totalAmount"]
