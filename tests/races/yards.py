"""The yard's commands as rivals call them, and the books that must balance afterwards."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.billing.models import StayFee
from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.models import Event
from apps.core.shared.models import Deadline
from apps.parking.admission import EntryDetails
from apps.parking.commands import (
    ExitDetails,
    RecordedEntry,
    RecordedExit,
    record_vehicle_entry,
    record_vehicle_exit,
)
from apps.parking.models import Occupancy, ParkingEntry


def entry(yard: UUID, plate: str, *, kind: str = "car", **more: Any) -> Callable[[], RecordedEntry]:
    """An entry to be recorded."""
    details = EntryDetails(vehicle_number=plate, vehicle_type=kind, location_id=yard, **more)
    return lambda: record_vehicle_entry(entry=details, at=clock.now(), actor=SYSTEM)


def exit_of(plate: str | None = None, *, at: datetime | None = None, **more: Any) -> Callable[[], RecordedExit]:
    """An exit to be recorded."""
    details = ExitDetails(vehicle_number=plate, **more)
    return lambda: record_vehicle_exit(exit=details, at=at or clock.now(), actor=SYSTEM)


def books_balance() -> None:
    """Counters are the rows, each ended stay has one fee and one exit, each open one a deadline or an overstay."""
    for row in Occupancy.objects.all():
        here = ParkingEntry.objects.filter(location_id=row.location_id, exit_time=None)
        assert row.occupied == here.count()
        assert row.overstays == here.filter(status="overstay").count()
        assert {code: n for code, n in row.by_type.items() if n} == {
            code: here.filter(vehicle_type=code).count() for code in here.values_list("vehicle_type", flat=True)
        }
    ended = set(ParkingEntry.objects.exclude(exit_time=None).values_list("id", flat=True))
    assert set(StayFee.objects.values_list("stay_id", flat=True)) == ended
    exits = list(Event.objects.filter(type="VehicleExited").values_list("aggregate_id", flat=True))
    assert sorted(exits) == sorted(ended)
    parked = set(ParkingEntry.objects.filter(status="parked").values_list("id", flat=True))
    assert set(Deadline.objects.values_list("subject_id", flat=True)) == parked
    for stay_id, version in ParkingEntry.objects.values_list("id", "version"):
        told = Event.objects.filter(aggregate_id=stay_id).order_by("aggregate_version")
        assert list(told.values_list("aggregate_version", flat=True)) == list(range(1, version + 1))
