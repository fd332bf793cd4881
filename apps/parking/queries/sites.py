"""Whether a name means something in this tenant."""

from uuid import UUID

from apps.parking.models import Location, VehicleType


def has_vehicle_type(code: str) -> bool:
    return VehicleType.objects.filter(code=code).exists()


def has_location(location_id: UUID) -> bool:
    return Location.objects.filter(id=location_id).exists()
