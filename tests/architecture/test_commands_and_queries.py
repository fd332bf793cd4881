"""Commands and queries apart: plain typed functions; commands write and publish, queries never write."""

import inspect
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, get_type_hints

import pytest
from django.db import connection, transaction

from apps.billing.commands.rates import RateChanges, update_parking_rates
from apps.billing.models import RateStructure
from apps.core.actor import SYSTEM
from apps.core.models import Event
from apps.core.shared.models import EventOutbox
from apps.parking.admission import EntryDetails
from apps.parking.commands import ExitDetails, record_vehicle_entry, record_vehicle_exit
from apps.parking.models import Location
from apps.parking.queries import EntryFilter, get_current_occupancy, search_parking_entries
from apps.reports.queries import get_revenue_report
from tests.architecture.test_bans import MODULES, ROOT, names_used
from tests.refusals import everything_written
from tests.reports.town import START, Town

NOON = START + timedelta(days=30)
COMMANDS: dict[str, Callable[..., Any]] = {
    "RecordVehicleEntry": record_vehicle_entry,
    "RecordVehicleExit": record_vehicle_exit,
    "UpdateParkingRates": update_parking_rates,
}
QUERIES: dict[str, Callable[..., Any]] = {
    "GetCurrentOccupancy": get_current_occupancy,
    "SearchParkingEntries": search_parking_entries,
    "GetRevenueReport": get_revenue_report,
}
EVENTS = {
    "RecordVehicleEntry": ["VehicleEntered"],
    "RecordVehicleExit": ["VehicleExited"],
    "UpdateParkingRates": ["RatesChanged"],
}
WRITES = {"publish", "atomic", "select_for_update", "bulk_create", "bulk_update", "get_or_create",
          "update_or_create", "save", "announce"}  # fmt: skip


@pytest.fixture
def yard(in_acme):
    Town(1).live(40)
    return Location.objects.order_by("name").first().id


def asked(name: str, yard: Any) -> Any:
    match name:
        case "RecordVehicleEntry":
            details = EntryDetails(vehicle_number="KA 01 NEW", vehicle_type="car", location_id=yard)
            return record_vehicle_entry(entry=details, at=NOON, actor=SYSTEM)
        case "RecordVehicleExit":
            return record_vehicle_exit(exit=ExitDetails(vehicle_number="KA 01 NEW"), at=NOON, actor=SYSTEM)
        case "UpdateParkingRates":
            rate = RateStructure.objects.filter(vehicle_type="car").get()
            changes = RateChanges(hourly=3_000)
            return update_parking_rates(
                rate_id=rate.rate_id, expected_version=1, changes=changes, actor=SYSTEM, at=NOON
            )
        case "GetCurrentOccupancy":
            return get_current_occupancy(at=NOON)
        case "SearchParkingEntries":
            return search_parking_entries(wanted=EntryFilter(q="MH 12"), at=NOON, page_size=10, cursor=None)
        case "GetRevenueReport":
            return get_revenue_report(begin=START, end=NOON, group_by="day")


@pytest.mark.parametrize("name", [*COMMANDS, *QUERIES])
def test_each_is_a_plain_typed_function(name):
    function = (COMMANDS | QUERIES)[name]
    assert inspect.isfunction(inspect.unwrap(function))
    assert function.__name__ == "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    parameters = inspect.signature(function).parameters
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert get_type_hints(inspect.unwrap(function)).keys() >= {*parameters, "return"}
    assert function.__doc__
    room = function.__module__.split(".")[2]
    assert room == ("commands" if name in COMMANDS else "queries")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_writes_and_publishes(yard, name):
    if name == "RecordVehicleExit":
        asked("RecordVehicleEntry", yard)
    before, told, waiting = (
        everything_written(),
        set(Event.objects.values_list("id", flat=True)),
        EventOutbox.objects.count(),
    )
    asked(name, yard)
    fresh = Event.objects.exclude(id__in=told).order_by("position")
    assert [event.type for event in fresh] == EVENTS[name]
    assert EventOutbox.objects.count() == waiting + len(fresh)
    changed = {table for table, content in everything_written().items() if content != before[table]}
    assert len({table for table in changed if "event" not in table}) >= 1


@contextmanager
def read_only():
    """Within, the database itself refuses whatever would write."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_writes_nothing(yard, name):
    with read_only():
        assert asked(name, yard) is not None


@pytest.mark.parametrize("name", COMMANDS)
def test_control_what_writes_is_refused_there(yard, name):
    if name == "RecordVehicleExit":
        asked("RecordVehicleEntry", yard)
    with pytest.raises(Exception, match="read-only transaction"), read_only():
        asked(name, yard)


@pytest.mark.parametrize("module", [m for m in MODULES if "queries" in str(m)], ids=str)
def test_no_module_of_queries_names_a_way_to_write(module):
    source = (ROOT / module).read_text()
    assert {name for _, name in names_used(source)} & WRITES == set()
    words = source.upper()
    assert not any(f"{verb} " in words for verb in ("INSERT INTO", "DELETE FROM", "FOR UPDATE"))
