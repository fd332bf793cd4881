"""Whether a name means something in this tenant, and what a location is called."""

from collections.abc import Collection
from uuid import UUID

from apps.billing.public import Place
from apps.parking.models import Location, VehicleType


def has_vehicle_type(code: str) -> bool:
    return VehicleType.objects.filter(code=code).exists()


def has_location(location_id: UUID) -> bool:
    return Location.objects.filter(id=location_id).exists()


def existing_locations(location_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the ids that are locations of this tenant, within reach."""
    return frozenset(Location.objects.filter(id__in=location_ids).values_list("id", flat=True))


def places(location_ids: Collection[UUID]) -> dict[UUID, Place]:
    """Names and zones of these locations of this tenant, within reach."""
    found = Location.objects.filter(id__in=list(location_ids)).values_list("id", "name", "timezone")
    return {id: Place(name=name, timezone=timezone) for id, name, timezone in found}
