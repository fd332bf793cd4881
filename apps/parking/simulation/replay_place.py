"""The location that a replay happens at."""

from datetime import datetime
from uuid import UUID

from apps.core import tenancy
from apps.core.errors import Invalid
from apps.parking.commands import LocationDetails, create_location
from apps.parking.models import Location, VehicleType
from apps.parking.site_facts import LocationNotFound

from .replay import GATE


class TimezoneNeeded(Invalid):
    code, title = "timezone_needed", "Say in which time zone the file's times are"


def timezone_of(name: str, *, may_be_opened: bool) -> str:
    """The time zone of a location of the current tenant.

    Raises LocationNotFound, or TimezoneNeeded where the location is still to be opened.
    """
    location = Location.objects.filter(name=name.strip()).first()
    if location is not None:
        return location.timezone
    if may_be_opened:
        raise TimezoneNeeded(f"{name} is to be opened, so say where: --timezone Asia/Shanghai, for instance.")
    raise _not_found(name)


def find_or_open_location(name: str, *, timezone: str, capacity: int | None, at: datetime) -> UUID:
    """The id of a location of the current tenant, which is opened with this capacity if it is not there.

    An opened location allows overbooking, for real files count more vehicles than places. Raises LocationNotFound
    without a capacity, Invalid.
    """
    location = Location.objects.filter(name=name.strip()).first()
    if location is None:
        if capacity is None:
            raise _not_found(name)
        details = LocationDetails(name=name, capacity=capacity, timezone=timezone, allow_overbooking=True)
        location = create_location(details=details, at=at, actor=GATE)
    return location.id


def require_vehicle_type(code: str) -> None:
    """Raises Invalid for a vehicle type that the current tenant does not have."""
    known = list(VehicleType.objects.values_list("code", flat=True))
    if code not in known:
        raise Invalid(f"{code} is not a vehicle type here; the types are {', '.join(known)}.")


def _not_found(name: str) -> LocationNotFound:
    known = ", ".join(Location.objects.values_list("name", flat=True)) or "none yet"
    return LocationNotFound(
        f"There is no location {name} in {tenancy.current().slug}; the locations are: {known}. "
        f"--create-location --timezone ZONE opens it."
    )
