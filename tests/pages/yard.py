"""A location that a test has for itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .visitor import Visitor


@dataclass
class Yard:
    """A location, and the owner who arranges things there over the API."""

    owner: Visitor
    id: str
    name: str

    @classmethod
    def opened(
        cls, owner: Visitor, *, name: str, capacity: int = 10, hourly: float | None = 40, **details: Any
    ) -> "Yard":
        """`hourly` is the price of cars, with 18 % tax on top; None leaves them without a price."""
        made = owner.call("POST", "parking/locations", {"name": name, "capacity": capacity, **details})
        if hourly is not None:
            long_ago = (datetime.now(UTC) - timedelta(days=30)).isoformat()
            rate = {"vehicleType": "car", "locationId": made["id"], "rates": {"hourly": hourly}, "tax": {"rate": 18}}
            owner.call("POST", "billing/rates", {**rate, "effectiveDate": long_ago})
        return cls(owner, made["id"], name)

    def enter(
        self, plate: str, *, minutes_ago: float = 0, vehicle_type: str = "car", transport_name: str = ""
    ) -> dict[str, Any]:
        """A vehicle came in."""
        at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
        body = {"vehicleNumber": plate, "vehicleType": vehicle_type, "locationId": self.id, "entryTime": at}
        if transport_name:
            body["transportName"] = transport_name
        entry: dict[str, Any] = self.owner.call("POST", "parking/entries", body)
        return entry

    def leave(self, plate: str) -> None:
        """A vehicle went out without paying."""
        self.owner.call("POST", "parking/exits", {"vehicleNumber": plate})

    def stays(self, plate: str) -> list[dict[str, Any]]:
        """All stays of a plate, newest first."""
        found: list[dict[str, Any]] = self.owner.call("GET", f"parking/entries?vehicleNumber={plate}")["items"]
        return found

    @property
    def occupied(self) -> int:
        places = self.owner.call("GET", f"parking/occupancy?locationId={self.id}")
        return int(places["occupied"])
