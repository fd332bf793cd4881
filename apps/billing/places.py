"""The second port: whether a vehicle type and a location that a rate names exist. Parking fills it at start-up."""

from collections.abc import Callable
from uuid import UUID

from apps.core.errors import FieldError, Invalid

VehicleTypeCheck = Callable[[str], bool]
LocationCheck = Callable[[UUID], bool]
_checks: tuple[VehicleTypeCheck, LocationCheck] | None = None


def register_place_checks(*, has_vehicle_type: VehicleTypeCheck, has_location: LocationCheck) -> None:
    """Fill the port: each answers for the current tenant. While nobody has, every name is believed."""
    global _checks
    _checks = has_vehicle_type, has_location


def require_place(*, vehicle_type: str, location_id: UUID | None) -> None:
    """Raises Invalid, naming each of the two that the current tenant does not have."""
    if _checks is None:
        return
    has_vehicle_type, has_location = _checks
    errors = []
    if not has_vehicle_type(vehicle_type):
        errors.append(FieldError("vehicleType", "unknown_vehicle_type", "Use the code of one of your vehicle types."))
    if location_id is not None and not has_location(location_id):
        errors.append(FieldError("locationId", "unknown_location", "Use the id of one of your locations."))
    if errors:
        raise Invalid("Check what the rate is for.", errors=tuple(errors))
