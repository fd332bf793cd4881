"""The port by which identity asks which locations exist. Parking, which lies above it, fills it at start-up."""

from collections.abc import Callable, Sequence
from uuid import UUID

from apps.core.errors import Invalid

LocationLookup = Callable[[frozenset[UUID]], frozenset[UUID]]
MOST_LOCATIONS = 1000
_lookup: LocationLookup | None = None


def register_location_lookup(lookup: LocationLookup) -> None:
    """Fill the port: of these ids `lookup` gives those that are locations of the current tenant, and within reach."""
    global _lookup
    _lookup = lookup


def known_locations(given: Sequence[UUID] | None) -> frozenset[UUID] | None:
    """The given locations of the current tenant as a set; None stays None, for all. Raises Invalid for unknown ones."""
    if given is None:
        return None
    wanted = frozenset(given)
    if not wanted:
        raise Invalid.field("locations", "empty", "Name at least one location, or null for all.")
    if len(wanted) > MOST_LOCATIONS:
        raise Invalid.field("locations", "too_many", f"Name at most {MOST_LOCATIONS} locations.")
    unknown = wanted - _lookup(wanted) if _lookup is not None else frozenset()
    if unknown:
        raise Invalid.field("locations", "unknown_location", f"There is no location {min(unknown)} in this tenant.")
    return wanted
