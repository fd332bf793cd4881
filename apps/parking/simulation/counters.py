"""A location's occupancy while many moves pass over it, as the gate's statements would move the row."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from apps.parking.events import OccupancyAfter
from apps.parking.models import Occupancy


class Counter(msgspec.Struct, kw_only=True):
    """What `parking_occupancy` keeps of a location, in memory. Each change takes the next version."""

    location_id: UUID
    capacity: int
    occupied: int
    overstays: int
    by_type: dict[str, int]
    version: int
    changed_at: datetime

    def enter(self, vehicle_type: str, at: datetime) -> None:
        self._move(vehicle_type, 1, at)

    def leave(self, vehicle_type: str, at: datetime, *, overstayed: bool) -> None:
        self.overstays -= overstayed
        self._move(vehicle_type, -1, at)

    def mark_overstays(self, found: int, at: datetime) -> None:
        """One tick finds so many."""
        self.overstays += found
        self._change(at)

    def after(self) -> OccupancyAfter:
        """The state for an event, to be encoded before the next move."""
        return OccupancyAfter(
            location_id=self.location_id,
            total=self.capacity,
            occupied=self.occupied,
            available=max(self.capacity - self.occupied, 0),
            overstays=self.overstays,
            by_type=self.by_type,
            version=self.version,
        )

    def _move(self, vehicle_type: str, step: int, at: datetime) -> None:
        self.occupied += step
        self.by_type[vehicle_type] = self.by_type.get(vehicle_type, 0) + step
        self._change(at)

    def _change(self, at: datetime) -> None:
        self.version += 1
        self.changed_at = at


def lock_counters(location_ids: Iterable[UUID]) -> dict[UUID, Counter]:
    """The counters of these locations, locked in the order of their ids until the transaction ends."""
    rows = Occupancy.objects.select_for_update().filter(location_id__in=list(location_ids)).order_by("location_id")
    return {
        row.location_id: Counter(**{name: getattr(row, name) for name in Counter.__struct_fields__}) for row in rows
    }


def store_counters(counters: Iterable[Counter]) -> None:
    """Write what `lock_counters` gave back to its rows."""
    for counter in counters:
        changed = {name: getattr(counter, name) for name in Counter.__struct_fields__ if name != "location_id"}
        Occupancy.objects.filter(location_id=counter.location_id).update(**changed)
