"""Finding stays: by id, by any filter of the API, by a part of a plate or a name, also mistyped."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from apps.core import tenancy
from apps.core.api.bodies import Instant
from apps.core.api.paging import decode_cursor, encode_cursor
from apps.core.errors import Invalid, NotFound
from apps.parking.models import EntryStatus, ParkingEntry
from apps.parking.plates import loose_key
from apps.parking.stays import ParkingEntryAnswer, Stay

SHORTEST_TYPO_SEARCH = 3
ORDERINGS = {"-entryTime": ("entry_time", True), "entryTime": ("entry_time", False), "-exitTime": ("exit_time", True),
             "exitTime": ("exit_time", False)}  # fmt: skip


class EntryNotFound(NotFound):
    code, title = "entry_not_found", "There is no such entry"


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to find. Periods are half-open; all that is given must hold. `status` "parked" includes overstays."""

    vehicle_number: str | None = None
    q: str | None = None
    status: str | None = None
    location_id: UUID | None = None
    vehicle_type: str | None = None
    transport_name: str | None = None
    driver_name: str | None = None
    entered_from: datetime | None = None
    entered_to: datetime | None = None
    exited_from: datetime | None = None
    exited_to: datetime | None = None
    min_duration_minutes: int | None = None
    ordering: str = "-entryTime"


def get_entry(*, entry_id: UUID) -> ParkingEntryAnswer:
    """One stay of the current tenant. Raises EntryNotFound."""
    entry = ParkingEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise EntryNotFound(f"There is no entry {entry_id} in this tenant.")
    return as_answer(entry)


def search_parking_entries(
    *, wanted: EntryFilter, at: datetime, page_size: int, cursor: str | None
) -> tuple[list[ParkingEntryAnswer], str | None]:
    """A page of stays and the cursor of the next one. Raises Invalid for an unknown ordering, status or cursor."""
    if wanted.ordering not in ORDERINGS:
        raise Invalid.field("ordering", "invalid", f"Order by one of {', '.join(ORDERINGS)}.")
    field, downwards = ORDERINGS[wanted.ordering]
    found = _filtered(wanted, at)
    if field == "exit_time":
        found = found.exclude(exit_time=None)
    if cursor:
        instant, last_id = decode_cursor(cursor, wanted.ordering, (Instant, UUID))
        side = "lt" if downwards else "gt"
        found = found.filter(**{f"{field}__{side}e": instant}).filter(
            Q(**{f"{field}__{side}": instant}) | Q(**{f"id__{side}": last_id})
        )
    sign = "-" if downwards else ""
    rows = list(found.order_by(f"{sign}{field}", f"{sign}id")[: page_size + 1])
    page, more = rows[:page_size], len(rows) > page_size
    following = encode_cursor(wanted.ordering, [getattr(page[-1], field), page[-1].id]) if more else None
    return [as_answer(entry) for entry in page], following


def as_answer(entry: ParkingEntry) -> ParkingEntryAnswer:
    """A row as the API shows it."""
    stay = Stay(**{name: getattr(entry, name) for name in Stay.__struct_fields__})
    return stay.as_answer(tenancy.current().id)


def _filtered(wanted: EntryFilter, at: datetime) -> QuerySet[ParkingEntry]:
    found = ParkingEntry.objects.all()
    equal: dict[str, Any] = {
        "location_id": wanted.location_id,
        "vehicle_type": wanted.vehicle_type,
        "transport_name__iexact": wanted.transport_name,
        "driver_name__iexact": wanted.driver_name,
        "entry_time__gte": wanted.entered_from,
        "entry_time__lt": wanted.entered_to,
        "exit_time__gte": wanted.exited_from,
        "exit_time__lt": wanted.exited_to,
        "plate_key": loose_key(wanted.vehicle_number) if wanted.vehicle_number is not None else None,
    }
    found = found.filter(**{name: value for name, value in equal.items() if value is not None})
    if wanted.status is not None:
        found = found.filter(_of_status(wanted.status))
    if wanted.q is not None:
        found = found.filter(_resembling(wanted.q))
    if wanted.min_duration_minutes is not None:
        least = timedelta(minutes=wanted.min_duration_minutes)
        found = found.filter(entry_time__lte=at - least).filter(entry_time__lte=Coalesce(F("exit_time"), at) - least)
    return found


def _of_status(status: str) -> Q:
    if status not in EntryStatus.values:
        raise Invalid.field("status", "invalid", f"The status is one of {', '.join(EntryStatus.values)}.")
    if status == EntryStatus.PARKED:
        return Q(exit_time=None)
    return Q(status=status)


def _resembling(text: str) -> Q:
    """A part of a plate, driver or haulier; from three characters on, a mistyped one too."""
    key = loose_key(text)
    if not text.strip():
        raise Invalid.field("q", "empty", "Type a part of a plate, a driver's or a haulier's name.")
    match = Q(driver_name__icontains=text) | Q(transport_name__icontains=text)
    if key:
        match |= Q(plate_key__contains=key)
    if len(key) >= SHORTEST_TYPO_SEARCH:
        match |= Q(plate_key__trigram_similar=key)
        match |= Q(driver_name__trigram_word_similar=text) | Q(transport_name__trigram_word_similar=text)
    return match
