"""A stay as the API shows it and as commands hand it on."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

COLUMNS = (
    "id, location_id, vehicle_number, vehicle_type, driver_name, driver_phone, transport_name, notes, entry_time,"
    " expected_exit_time, allowed_until, exit_time, status, source, operator_id, gate_id, version"
)


class EntryMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where an entry came from: the kind of client, who recorded it, at which gate."""

    source: str
    operator_id: UUID | None
    gate_id: UUID | None


class ParkingEntryAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """API.md's `ParkingEntry`. Instants are UTC."""

    id: UUID
    tenant_id: UUID
    location_id: UUID
    vehicle_number: str
    vehicle_type: str
    driver_name: str | None
    driver_phone: str | None
    transport_name: str | None
    notes: str | None
    entry_time: datetime
    expected_exit_time: datetime | None
    allowed_until: datetime
    exit_time: datetime | None
    status: Annotated[str, msgspec.Meta(description="parked, overstay or exited")]
    metadata: EntryMetadata


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one stay, read from a row of `COLUMNS`."""

    id: UUID
    location_id: UUID
    vehicle_number: str
    vehicle_type: str
    driver_name: str
    driver_phone: str
    transport_name: str
    notes: str
    entry_time: datetime
    expected_exit_time: datetime | None
    allowed_until: datetime
    exit_time: datetime | None
    status: str
    source: str
    operator_id: UUID | None
    gate_id: UUID | None
    version: int

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> "Stay":
        return cls(**dict(zip(cls.__struct_fields__, row, strict=True)))

    def as_answer(self, tenant_id: UUID) -> ParkingEntryAnswer:
        return ParkingEntryAnswer(
            id=self.id,
            tenant_id=tenant_id,
            location_id=self.location_id,
            vehicle_number=self.vehicle_number,
            vehicle_type=self.vehicle_type,
            driver_name=self.driver_name or None,
            driver_phone=self.driver_phone or None,
            transport_name=self.transport_name or None,
            notes=self.notes or None,
            entry_time=self.entry_time,
            expected_exit_time=self.expected_exit_time,
            allowed_until=self.allowed_until,
            exit_time=self.exit_time,
            status=self.status,
            metadata=EntryMetadata(source=self.source, operator_id=self.operator_id, gate_id=self.gate_id),
        )
