"""What billing is told of a stay, and the port by which it asks for one by its id.

The gate hands the facts over at an exit. Where billing has an id alone (a quote, a payment after the exit), it asks
parking, which lies above it and fills the port at start-up.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from apps.core.errors import NotFound

from .permit_terms import PermitTerms
from .tariff import Visit


class StayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a stay that its price depends on; instants are UTC, `exit_at` is None while the vehicle is parked.

    `payment_required`: the place lets nobody out before the fee is paid; `shift_required`: cash is taken there by
    cashiers with an open shift alone. `facts` (payloadKg, blueBadge ...), `earlier_visits` of the vehicle and `paid_at`
    are for plans that ask for them. Where `paid_at` are payments that billing has itself, `paid_until` is the end of
    the exit grace of the last one. `vehicle_number` (as it was typed) and `transport_name` (the haulier) price nothing:
    they say whose permit or account it may be. `permit` is the one under which the stay holds a place.
    """

    stay_id: UUID
    location_id: UUID
    vehicle_type: str
    entry_at: datetime
    exit_at: datetime | None = None
    allowed_until: datetime | None = None
    payment_required: bool = False
    shift_required: bool = False
    facts: dict[str, bool | int | str] = {}
    earlier_visits: tuple[Visit, ...] = ()
    paid_at: tuple[datetime, ...] = ()
    paid_until: datetime | None = None
    vehicle_number: str = ""
    transport_name: str = ""
    permit: PermitTerms | None = None


class StayNotFound(NotFound):
    code, title = "entry_not_found", "There is no such stay here"


class PortNotFilled(RuntimeError):
    """Nobody has told billing where to ask: a fault of start-up, never a user's mistake."""


StayLookup = Callable[[UUID], StayFacts | None]
StaysLookup = Callable[[Collection[UUID]], Mapping[UUID, StayFacts]]
HaulierStays = Callable[[str, datetime, datetime], Collection[UUID]]
_lookup: StayLookup | None = None
_stays_lookup: StaysLookup | None = None
_haulier_stays: HaulierStays | None = None


def register_stay_lookup(lookup: StayLookup) -> None:
    """Fill the port, once at start-up: `lookup(stay_id)` gives the current tenant's stay or None."""
    global _lookup
    _lookup = lookup


def get_stay(stay_id: UUID) -> StayFacts:
    """The facts of a stay of the current tenant. Raises StayNotFound."""
    if _lookup is None:
        raise PortNotFilled("parking registers its stay lookup at start-up")
    stay = _lookup(stay_id)
    if stay is None:
        raise StayNotFound("Check the entry's id; it is not one of this tenant.")
    return stay


def register_stays_lookup(lookup: StaysLookup, *, of_haulier: HaulierStays) -> None:
    """Fill the port for many stays, once at start-up: by their ids, and the ids of a haulier's.

    `of_haulier(name, since, until)` gives those that ended in the half-open period (UTC); names are compared without
    case and spaces.
    """
    global _stays_lookup, _haulier_stays
    _stays_lookup, _haulier_stays = lookup, of_haulier


def list_stays(stay_ids: Collection[UUID]) -> Mapping[UUID, StayFacts]:
    """The facts of these stays of the current tenant by id; those that it does not have are left out."""
    if _stays_lookup is None:
        raise PortNotFilled("parking registers its stays lookup at start-up")
    return _stays_lookup(stay_ids)


def list_haulier_stays(transport_name: str, *, since: datetime, until: datetime) -> Collection[UUID]:
    """The ids of a haulier's stays that ended from `since` until before `until` (UTC)."""
    if _haulier_stays is None:
        raise PortNotFilled("parking registers its stays lookup at start-up")
    return _haulier_stays(transport_name, since, until)
