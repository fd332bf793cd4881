"""What parking tells the rest of the platform.

Instants are UTC, durations minutes; `occupancy` is the location's after the event.
"""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import msgspec

from apps.core.events import DomainEvent

UNSET = msgspec.UNSET


class OccupancyAfter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How full the location is since the event; `version` orders such states of one location."""

    location_id: UUID
    total: int
    occupied: int
    available: int
    overstays: int
    by_type: dict[str, int]
    version: int


class StayEvent(DomainEvent, frozen=True, kw_only=True):
    """Base of the events of one stay, whose id is the aggregate's."""

    aggregate_type: ClassVar[str] = "parking_entry"

    entry_id: UUID
    tenant_id: UUID
    location_id: UUID
    vehicle_number: str
    vehicle_type: str
    # the statement that moves the counter puts it into the stored data
    occupancy: OccupancyAfter | msgspec.UnsetType = UNSET


class VehicleEntered(StayEvent, frozen=True, kw_only=True):
    """A vehicle was admitted."""

    entry_time: datetime
    allowed_until: datetime
    expected_exit_time: datetime | None = None


class VehicleExited(StayEvent, frozen=True, kw_only=True):
    """A vehicle left. `total_fee` is null where no rate could price the stay."""

    entry_time: datetime
    exit_time: datetime
    duration: int
    total_fee: Decimal | None
    currency: str


class OverstayDetected(StayEvent, frozen=True, kw_only=True):
    """A vehicle stands longer than it may. `overstay_duration` counts from the end of what was allowed."""

    allowed_until: datetime
    overstay_duration: int
    notifications_sent: int = 0


class OccupancyChanged(DomainEvent, frozen=True, kw_only=True):
    """A location's places changed: made, enlarged, reduced or renamed."""

    aggregate_type: ClassVar[str] = "location"

    tenant_id: UUID
    location_id: UUID
    occupancy: OccupancyAfter


class PersonalDataErased(DomainEvent, frozen=True, kw_only=True):
    """Plates, names, phones and notes of these stays were erased: whoever keeps a copy of them erases it too.

    `why` is `requested` or `retention`; `reference` the request's number in the operator's files.
    """

    aggregate_type: ClassVar[str] = "erasure"

    erasure_id: UUID
    tenant_id: UUID
    why: str
    reference: str
    entry_ids: list[UUID]
    erased_at: datetime
