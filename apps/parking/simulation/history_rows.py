"""Rows of past stays and their events, as the gate's commands would have left them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.core import tenancy
from apps.core.events.publish import encode_event
from apps.core.ids import new_id
from apps.parking.commands.exits import duration_minutes
from apps.parking.events import OccupancyAfter, OverstayDetected, StayEvent, VehicleEntered, VehicleExited
from apps.parking.models import EntryStatus, Source
from apps.parking.plates import plate_key

from .moves import OPERATOR, SimulatedStay

ENTRY_COLUMNS: Final = (
    "id, location_id, vehicle_number, plate_key, vehicle_type, driver_name, driver_phone, transport_name, notes,"
    " source, gate_id, exit_gate_id, operator_id, exit_operator_id, entry_time, expected_exit_time, allowed_until,"
    " exit_time, status, overstayed_at, event_id, exit_event_id, version, recorded_at"
)
EVENT_COLUMNS: Final = (
    "position, id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata"
)
DEADLINE_COLUMNS: Final = "subject_id, tenant_id, kind, due_at"
Row = tuple[Any, ...]


class Place(msgspec.Struct, frozen=True):
    """A site's location and the ids of its gates by name."""

    location_id: UUID
    gates: Mapping[str, UUID]


class PastStay(msgspec.Struct, kw_only=True):
    """A simulated stay at its place, with what has happened to it so far."""

    id: UUID
    planned: SimulatedStay
    place: Place
    version: int = 1
    overstayed_at: datetime | None = None

    def row(self, operators: Mapping[str, UUID | None], *, exited: bool) -> Row:
        """Its row now; `operators` gives the ids of those who record."""
        planned, gates = self.planned, self.place.gates
        parked = EntryStatus.PARKED if self.overstayed_at is None else EntryStatus.OVERSTAY
        return (
            self.id,
            self.place.location_id,
            planned.plate,
            plate_key(planned.plate),
            planned.vehicle_type,
            planned.driver,
            planned.phone,
            planned.haulier,
            "",
            source_of(planned),
            gates[planned.entry_gate],
            gates[planned.exit_gate] if exited else None,
            operators[planned.recorded_by],
            operators[planned.exit_recorded_by] if exited else None,
            planned.entry_at,
            planned.expected_exit_at,
            planned.allowed_until,
            planned.exit_at if exited else None,
            (EntryStatus.EXITED if exited else parked).value,
            self.overstayed_at,
            planned.event_id,
            f"{planned.event_id}:exit" if exited else None,
            self.version,
            planned.entry_at,
        )

    def entered(self, occupancy: OccupancyAfter) -> StayEvent:
        return VehicleEntered(
            **self._facts(),
            entry_time=self.planned.entry_at,
            allowed_until=self.planned.allowed_until,
            expected_exit_time=self.planned.expected_exit_at,
            occupancy=occupancy,
        )

    def overstay_detected(self, occupancy: OccupancyAfter, *, at: datetime) -> StayEvent:
        until = self.planned.allowed_until
        minutes = int((at - until).total_seconds() // 60)
        return OverstayDetected(**self._facts(), allowed_until=until, overstay_duration=minutes, occupancy=occupancy)

    def exited(self, occupancy: OccupancyAfter, *, at: datetime, total_fee: Decimal | None) -> StayEvent:
        return VehicleExited(
            **self._facts(),
            entry_time=self.planned.entry_at,
            exit_time=at,
            duration=duration_minutes(self.planned.entry_at, at),
            total_fee=total_fee,
            currency=tenancy.current().currency,
            occupancy=occupancy,
        )

    def _facts(self) -> dict[str, Any]:
        return {
            "entry_id": self.id,
            "tenant_id": tenancy.current().id,
            "location_id": self.place.location_id,
            "vehicle_number": self.planned.plate,
            "vehicle_type": self.planned.vehicle_type,
        }


def source_of(stay: SimulatedStay) -> str:
    """What kind of client reports the entry."""
    return (Source.DESKTOP if stay.recorded_by == OPERATOR else Source.API).value


def event_row(position: int, event: StayEvent, *, version: int, at: datetime, metadata: str) -> Row:
    """A row of the event table; `version` is the stay's."""
    return (
        position,
        new_id(),
        event.aggregate_type,
        event.entry_id,
        version,
        type(event).__name__,
        event.schema_version,
        at,
        encode_event(event),
        metadata,
    )
