"""A site with a till, over the API: vehicles that leave and pay in cash, and the shifts of who takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from apps.core import clock
from tests.factories.api import Api, Reply

SignIn = Callable[..., Api]


@dataclass
class Till:
    """What a cashier works with. A car that has stood for half an hour owes 20.00 INR."""

    api: SignIn
    location: str
    plates: "count[int]"

    @classmethod
    def at_a_site(cls, api: SignIn, **rules: Any) -> "Till":
        """A location with a rate for cars."""
        owner = api("owner")
        place = owner.post("parking/locations", {"name": "North yard", "capacity": 50, **rules})
        assert place.status == 201, place
        rate = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
        assert owner.post("billing/rates", rate).status == 201
        return cls(api, place.json["id"], count(1))

    def enter(self) -> str:
        """A car that came half an hour ago; its entry's id."""
        came = (clock.now() - timedelta(minutes=30)).isoformat()
        plate = f"MH 12 T {next(self.plates):04}"
        body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": self.location, "entryTime": came}
        entered = self.api("owner").post("parking/entries", body)
        assert entered.status == 201, entered
        return str(entered.json["id"])

    def leave(self, role: str = "operator", entry: str | None = None) -> Reply:
        """A car leaves and its 20.00 are taken in cash by this role."""
        body = {"entryId": entry or self.enter(), "payment": {"method": "cash", "amount": 20}}
        return self.api(role).post("parking/exits", body)

    def paid(self, role: str = "operator", entry: str | None = None) -> str:
        """The id of a payment of 20.00 that this role has taken."""
        left = self.leave(role, entry)
        assert left.status == 201, left
        return str(left.json["payment"]["id"])

    def open(self, role: str = "operator", drawer: str = "Booth 1", opening_float: object = 500) -> str:
        """The id of a shift that this role has opened."""
        body = {"locationId": self.location, "drawer": drawer, "openingFloat": opening_float}
        opened = self.api(role).post("billing/shifts", body)
        assert opened.status == 201, opened
        return str(opened.json["id"])

    def close(self, shift: str, counted: object, role: str = "operator", **more: Any) -> Reply:
        """The count of a shift."""
        return self.api(role).post(f"billing/shifts/{shift}/close", {"counted": counted, **more})

    def move(self, shift: str, kind: str, amount: object, role: str = "operator") -> Reply:
        """Cash carried in or out."""
        body = {"kind": kind, "amount": amount, "reason": f"{kind} in a test"}
        return self.api(role).post(f"billing/shifts/{shift}/movements", body)

    def give_back(self, payment: str, how: str = "refund", role: str = "manager", **more: Any) -> Reply:
        """A refund of 5.00, or a void."""
        body = {"reason": "barrier was stuck", **({"amount": 5} if how == "refund" else {}), **more}
        return self.api(role).post(f"billing/payments/{payment}/{how}", body)
