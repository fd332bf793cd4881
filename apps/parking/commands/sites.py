"""Making and changing locations, gates and vehicle types."""

import re
import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.auth.public import Limit, within_limit
from apps.core import audit, changes, reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, Stale
from apps.core.events import publish
from apps.parking.events import OccupancyAfter, OccupancyChanged
from apps.parking.models import Gate, Location, Occupancy, VehicleType
from apps.parking.opening_hours import require_opening_hours
from apps.parking.site_facts import LocationNotFound


class NameTaken(Conflict):
    code, title = "name_taken", "There is one of this name already"


class LocationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of a location; None leaves a field as it is."""

    name: str | None = None
    timezone: str | None = None
    capacity: int | None = None
    capacities: dict[str, int] | None = None
    allow_overbooking: bool | None = None
    opening_hours: dict[str, list[tuple[str, str]]] | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    forget_position: bool = False
    allowed_stay_minutes: int | None = None
    payment_required: bool | None = None
    shift_required: bool | None = None


_ON_OCCUPANCY = ("capacity", "capacities", "allow_overbooking")


def create_location(*, details: LocationDetails, at: datetime, actor: Actor) -> Location:
    """Open a location in the current tenant; without a time zone it takes the tenant's.

    Raises Invalid, NameTaken, LimitReached, OutsideYourLocations for one who looks after some locations alone.
    """
    reach.require(None)
    _check(details)
    if not details.name or details.capacity is None:
        raise Invalid("A location needs a name and a capacity.")
    given = _given(details)
    places = {name: given.pop(name) for name in _ON_OCCUPANCY if name in given}
    given.setdefault("timezone", tenancy.current().timezone)
    try:
        with within_limit(Limit.LOCATIONS, Location.objects.count), transaction.atomic():
            location = Location.objects.create(**given)
            occupancy = Occupancy.objects.create(location=location, changed_at=at, **places)
            _tell(occupancy, at=at, actor=actor)
            audit.record("location.added", audit.Subject("location", location.id), actor=actor, after=given | places)
    except IntegrityError as error:
        raise NameTaken(f"There is a location named {details.name} already; choose another name.") from error
    changes.announce()
    return location


def change_location(
    *, location_id: UUID, details: LocationDetails, at: datetime, actor: Actor, if_version: int | None = None
) -> Location:
    """Change a location; the vehicles that stand there stay, even where the new capacity is smaller.

    Raises LocationNotFound, Invalid, NameTaken, Stale when `if_version` is not the present version.
    """
    _check(details)
    given = _given(details)
    places = {name: given.pop(name) for name in _ON_OCCUPANCY if name in given}
    try:
        with transaction.atomic():
            occupancy = (
                Occupancy.objects.select_for_update(of=("self",))
                .select_related("location")
                .filter(location_id=location_id)
                .first()
            )
            if occupancy is None:
                raise LocationNotFound(f"There is no location {location_id} in this tenant.")
            if if_version is not None and if_version != occupancy.config_version:
                raise Stale("Read the location again and repeat your change on what it says now.")
            before = {name: getattr(occupancy.location, name) for name in given}
            before |= {name: getattr(occupancy, name) for name in places}
            Location.objects.filter(id=location_id).update(**given) if given else None
            occupancy.version += 1
            occupancy.config_version += 1
            occupancy.changed_at = at
            for name, value in places.items():
                setattr(occupancy, name, value)
            occupancy.save(update_fields=["version", "config_version", "changed_at", *places])
            _tell(occupancy, at=at, actor=actor)
            subject = audit.Subject("location", location_id)
            audit.record("location.changed", subject, actor=actor, before=before, after=given | places)
    except IntegrityError as error:
        raise NameTaken(f"There is a location named {details.name} already; choose another name.") from error
    changes.announce()
    return Location.objects.select_related("occupancy").get(id=location_id)


def add_gate(*, location_id: UUID, name: str, direction: str) -> Gate:
    """Add a gate to a location. Raises LocationNotFound, Invalid, NameTaken."""
    if direction not in Gate.Direction.values:
        raise Invalid.field("direction", "invalid", "Write entry, exit or both.")
    if not name.strip():
        raise Invalid.field("name", "empty", "Give the gate a name.")
    try:
        with transaction.atomic():
            touched = Occupancy.objects.filter(location_id=location_id).update(config_version=F("config_version") + 1)
            if not touched:
                raise LocationNotFound(f"There is no location {location_id} in this tenant.")
            gate = Gate.objects.create(location_id=location_id, name=name.strip(), direction=direction)
            told = {"locationId": location_id, "name": gate.name, "direction": direction}
            audit.record("gate.added", audit.Subject("gate", gate.id), after=told)
            return gate
    except IntegrityError as error:
        raise NameTaken(f"This location has a gate named {name} already.") from error


def add_vehicle_type(*, code: str, name: str, rank: int = 100) -> VehicleType:
    """Add a kind of vehicle that this tenant admits. Raises Invalid, NameTaken."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code):
        raise Invalid.field(
            "code", "invalid", "Write lower-case letters, digits and dashes, like tank-truck or 6-wheeler."
        )
    try:
        with transaction.atomic():
            vehicle_type = VehicleType.objects.create(code=code, name=name.strip() or code, rank=rank)
            # in the order of their ids, as the overstay tick locks them
            ids = Occupancy.objects.order_by("location_id").select_for_update().values_list("location_id", flat=True)
            Occupancy.objects.filter(location_id__in=list(ids)).update(config_version=F("config_version") + 1)
            told = {"name": vehicle_type.name, "rank": rank}
            audit.record("vehicle_type.added", audit.Subject("vehicle_type", code), after=told)
            return vehicle_type
    except IntegrityError as error:
        raise NameTaken(f"There is a vehicle type {code} already.") from error


def _given(details: LocationDetails) -> dict[str, Any]:
    given = {name: value for name, value in msgspec.structs.asdict(details).items() if value is not None}
    if "name" in given:
        given["name"] = given["name"].strip()
    if given.pop("forget_position"):
        given |= {"latitude": None, "longitude": None}
    return given


def _check(details: LocationDetails) -> None:
    if details.name is not None and not details.name.strip():
        raise Invalid.field("name", "empty", "Give the location a name.")
    if details.timezone is not None and details.timezone not in zoneinfo.available_timezones():
        raise Invalid.field("timezone", "unknown", f"{details.timezone!r} is no IANA time zone, like Asia/Kolkata.")
    if details.capacity is not None and not 0 <= details.capacity <= 1_000_000:
        raise Invalid.field("capacity", "out_of_range", "A capacity is 0 to 1,000,000 places.")
    if details.allowed_stay_minutes is not None and not 1 <= details.allowed_stay_minutes <= 5_256_000:
        raise Invalid.field("allowedStayMinutes", "out_of_range", "Between one minute and ten years, please.")
    require_opening_hours(details.opening_hours or {})
    _check_capacities(details.capacities or {})


def _check_capacities(capacities: dict[str, int]) -> None:
    if any(not 0 <= places <= 1_000_000 for places in capacities.values()):
        raise Invalid.field("capacities", "out_of_range", "A capacity is 0 to 1,000,000 places.")
    unknown = _unknown_types(capacities)
    if unknown:
        raise Invalid.field("capacities", "unknown_vehicle_type", f"There is no vehicle type {', '.join(unknown)}.")


def _unknown_types(codes: Iterable[str]) -> list[str]:
    wanted = set(codes)
    return sorted(wanted - set(VehicleType.objects.filter(code__in=wanted).values_list("code", flat=True)))


def _tell(occupancy: Occupancy, *, at: datetime, actor: Actor) -> None:
    after = OccupancyAfter(
        location_id=occupancy.location_id,
        total=occupancy.capacity,
        occupied=occupancy.occupied,
        available=max(occupancy.capacity - occupancy.occupied, 0),
        overstays=occupancy.overstays,
        by_type=occupancy.by_type,
        version=occupancy.version,
    )
    event = OccupancyChanged(tenant_id=tenancy.current().id, location_id=occupancy.location_id, occupancy=after)
    publish(event, aggregate_id=occupancy.location_id, at=at, actor=actor)
