"""The second port: whether a vehicle type and a location that a rate names exist, and what locations are called.

Parking fills it at start-up.
"""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

import msgspec

from apps.core import reach, tenancy
from apps.core.errors import FieldError, Invalid, NotFound

VehicleTypeCheck = Callable[[str], bool]
LocationCheck = Callable[[UUID], bool]
_checks: tuple[VehicleTypeCheck, LocationCheck] | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A location by its name, with the IANA zone of its clocks."""

    name: str
    timezone: str


PlaceLookup = Callable[[Collection[UUID]], Mapping[UUID, Place]]
_places: PlaceLookup | None = None


class LocationNotFound(NotFound):
    code, title = "location_not_found", "There is no such location"


def register_place_checks(*, has_vehicle_type: VehicleTypeCheck, has_location: LocationCheck) -> None:
    """Fill the port: each answers for the current tenant. While nobody has, every name is believed."""
    global _checks
    _checks = has_vehicle_type, has_location


def require_location(location_id: UUID) -> None:
    """Raises LocationNotFound where the current tenant does not have it, or it is beyond reach."""
    if _checks is not None and not _checks[1](location_id):
        raise LocationNotFound(f"There is no location {location_id} in this tenant.")


def require_place(*, vehicle_type: str, location_id: UUID | None) -> None:
    """Raises Invalid, naming each of the two that the current tenant does not have."""
    errors = _unknown(vehicle_type, location_id)
    if errors:
        raise Invalid("Check what the rate is for.", errors=errors)


def require_places(*, vehicle_types: Collection[str], location_ids: Collection[UUID]) -> None:
    """The same for lists of both, as `vehicleTypes` and `locations`. Raises Invalid."""
    if _checks is None:
        return
    has_vehicle_type, has_location = _checks
    if any(not has_vehicle_type(code) for code in vehicle_types):
        raise Invalid.field("vehicleTypes", "unknown_vehicle_type", "Use the codes of your vehicle types.")
    if any(not has_location(location_id) for location_id in location_ids):
        raise Invalid.field("locations", "unknown_location", "Use the ids of your locations.")


def find_place(*, vehicle_type: str, location_id: UUID | None) -> None:
    """For a question about a place. Raises LocationNotFound, Invalid for a vehicle type the tenant does not have."""
    errors = _unknown(vehicle_type, location_id)
    if any(error.field == "locationId" for error in errors):
        raise LocationNotFound(f"There is no location {location_id} in this tenant.")
    if errors:
        raise Invalid(errors[0].message, errors=errors)


def register_place_lookup(lookup: PlaceLookup) -> None:
    """Fill the port: `lookup(location_ids)` gives those of the current tenant, within reach."""
    global _places
    _places = lookup


def get_places(location_ids: Collection[UUID]) -> dict[UUID, Place]:
    """These locations by id; one that is not known is nameless and has the tenant's clocks."""
    known = _places(location_ids) if _places is not None else {}
    nameless = Place(name="", timezone=tenancy.current().timezone)
    return {location_id: known.get(location_id, nameless) for location_id in location_ids}


def find_location(location_id: UUID) -> None:
    """Raises LocationNotFound where the current tenant has no such location, or it is out of reach."""
    known = _checks is None or _checks[1](location_id)
    if not known or not reach.includes(location_id):
        raise LocationNotFound(f"There is no location {location_id} in this tenant.")


def _unknown(vehicle_type: str, location_id: UUID | None) -> tuple[FieldError, ...]:
    if _checks is None:
        return ()
    has_vehicle_type, has_location = _checks
    errors = []
    if not has_vehicle_type(vehicle_type):
        errors.append(FieldError("vehicleType", "unknown_vehicle_type", "Use the code of one of your vehicle types."))
    if location_id is not None and not has_location(location_id):
        errors.append(FieldError("locationId", "unknown_location", "Use the id of one of your locations."))
    return tuple(errors)
