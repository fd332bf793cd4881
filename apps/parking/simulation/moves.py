"""What happens in a simulated history, in the order in which it happens. Instants are UTC, in whole seconds."""

from datetime import datetime

import msgspec

OPERATOR, CAMERA = "operator", "camera"


class SimulatedStay(msgspec.Struct, frozen=True, kw_only=True):
    """One stay: what the gates report of it, and when. `exit_at` is None where the vehicle is parked to the end.

    `number` counts the tenant's stays from 1; `site` is the site's name. `recorded_by` and `exit_recorded_by` are
    OPERATOR or CAMERA. `paid_by` is how the whole fee is paid at the exit, None where it stays open.
    """

    number: int
    site: str
    plate: str
    vehicle_type: str
    driver: str
    phone: str
    haulier: str
    recorded_by: str
    entry_gate: str
    entry_at: datetime
    expected_exit_at: datetime | None
    allowed_until: datetime
    exit_at: datetime | None
    exit_gate: str
    exit_recorded_by: str
    paid_by: str | None

    @property
    def event_id(self) -> str:
        """The gate's id of the entry; the exit's has `:exit` behind it."""
        return f"{DEMO_EVENT_IDS}{self.number}"


DEMO_EVENT_IDS = "demo:"
"""What the event ids of all demo vehicles begin with, so that nobody takes out one that a person has put there."""


class Arrival(msgspec.Struct, frozen=True):
    """A vehicle comes in."""

    at: datetime
    stay: SimulatedStay


class Departure(msgspec.Struct, frozen=True):
    """A vehicle goes out."""

    at: datetime
    stay: SimulatedStay


class OverstayTick(msgspec.Struct, frozen=True):
    """The overstay tick finds these stays overdue."""

    at: datetime
    stays: tuple[SimulatedStay, ...]


Move = Arrival | Departure | OverstayTick
