"""How full the tenant's locations are, now and in the past."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from apps.core import changes, reach
from apps.core.api.replies import Answer, encode
from apps.parking.models import Occupancy, ParkingEntry
from apps.parking.site_facts import LocationNotFound

KEPT_SECONDS = 300


class TypeOccupancy(Answer, frozen=True, kw_only=True):
    """Vehicles of one type; `capacity` is null where only the whole location is limited."""

    vehicle_type: str
    occupied: int
    capacity: int | None


class LocationOccupancy(Answer, frozen=True, kw_only=True):
    """One location; `version` rises with each change and orders live messages after a snapshot."""

    location_id: UUID
    name: str
    timezone: str
    total: int
    occupied: int
    available: int
    utilization_rate: float
    overstays: int
    by_vehicle_type: list[TypeOccupancy]
    as_of: datetime
    version: int


class OccupancySnapshot(Answer, frozen=True, kw_only=True):
    """All locations asked for, and their sums. `utilizationRate` is occupied by total, above 1 when overbooked."""

    total: int
    occupied: int
    available: int
    utilization_rate: float
    overstays: int
    by_vehicle_type: list[TypeOccupancy]
    locations: list[LocationOccupancy]
    as_of: datetime
    version: int


def get_current_occupancy_json(*, location_id: UUID | None, at: datetime) -> bytes:
    """The present occupancy as JSON, from memory where nothing changed since it was made. Raises LocationNotFound."""
    if reach.locations() is not None:  # what is kept is for those who see all
        return encode(get_current_occupancy(location_id=location_id, at=at))
    key = f"occupancy:{location_id or 'all'}"
    kept, generation = changes.cached_read(key)
    if kept is not None:
        return kept
    answer = encode(get_current_occupancy(location_id=location_id, at=at))
    changes.keep_read(key, generation, answer, seconds=KEPT_SECONDS)
    return answer


def get_current_occupancy(*, location_id: UUID | None = None, at: datetime) -> OccupancySnapshot:
    """The present occupancy of one or all locations of the current tenant. Raises LocationNotFound."""
    return _snapshot([_now_at(row) for row in _rows(location_id)], at)


def get_past_occupancy(*, location_id: UUID | None = None, at: datetime) -> OccupancySnapshot:
    """How full the locations were at an instant (UTC), counted from the stays; capacities are today's.

    Raises LocationNotFound.
    """
    there = Q(entry_time__lte=at) & (Q(exit_time=None) | Q(exit_time__gt=at))
    counts: dict[UUID, dict[str, int]] = {}
    overstays: dict[UUID, int] = {}
    stays = ParkingEntry.objects.filter(there).order_by()
    for location, vehicle_type, found, late in stays.values_list("location_id", "vehicle_type").annotate(
        found=Count("id"), late=Count("id", filter=Q(allowed_until__lte=at))
    ):
        counts.setdefault(location, {})[vehicle_type] = found
        overstays[location] = overstays.get(location, 0) + late
    locations = []
    for row in _rows(location_id):
        by_type = counts.get(row.location_id, {})
        locations.append(_location(row, by_type, sum(by_type.values()), overstays.get(row.location_id, 0), at))
    return _snapshot(locations, at)


def _rows(location_id: UUID | None) -> list[Occupancy]:
    rows = Occupancy.objects.select_related("location").order_by("location__name")
    found = list(rows.filter(location_id=location_id) if location_id else rows)
    if location_id and not found:
        raise LocationNotFound(f"There is no location {location_id} in this tenant.")
    return found


def _now_at(row: Occupancy) -> LocationOccupancy:
    return _location(row, row.by_type, row.occupied, row.overstays, row.changed_at)


def _location(row: Occupancy, by_type: dict[str, int], occupied: int, late: int, as_of: datetime) -> LocationOccupancy:
    return LocationOccupancy(
        location_id=row.location_id,
        name=row.location.name,
        timezone=row.location.timezone,
        total=row.capacity,
        occupied=occupied,
        available=max(row.capacity - occupied, 0),
        utilization_rate=_rate(occupied, row.capacity),
        overstays=late,
        by_vehicle_type=_by_type(by_type, row.capacities),
        as_of=as_of,
        version=row.version,
    )


def _snapshot(locations: list[LocationOccupancy], at: datetime) -> OccupancySnapshot:
    total, occupied = sum(place.total for place in locations), sum(place.occupied for place in locations)
    by_type: dict[str, int] = {}
    for place in locations:
        for kind in place.by_vehicle_type:
            by_type[kind.vehicle_type] = by_type.get(kind.vehicle_type, 0) + kind.occupied
    return OccupancySnapshot(
        total=total,
        occupied=occupied,
        available=sum(place.available for place in locations),
        utilization_rate=_rate(occupied, total),
        overstays=sum(place.overstays for place in locations),
        by_vehicle_type=_by_type(by_type, {}),
        locations=locations,
        as_of=at,
        version=sum(place.version for place in locations),
    )


def _by_type(occupied: dict[str, int], capacities: dict[str, int]) -> list[TypeOccupancy]:
    codes = sorted({code for code, found in occupied.items() if found} | set(capacities))
    return [
        TypeOccupancy(vehicle_type=code, occupied=occupied.get(code, 0), capacity=capacities.get(code))
        for code in codes
    ]


def _rate(occupied: int, total: int) -> float:
    return round(occupied / total, 4) if total else 0.0
