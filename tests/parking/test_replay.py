"""`manage.py replay_stays`: a file of stays through the gate's commands, with all its defects."""

import gzip
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core import clock, tenancy
from apps.core.models import Event
from apps.core.shared.models import Deadline
from apps.core.tenancy import TenantRef
from apps.parking.admission import EntryDetails
from apps.parking.commands import record_vehicle_entry
from apps.parking.models import Location, Occupancy, ParkingEntry
from apps.parking.simulation.replay import GATE, OccupancyDiffers, Pace, ReplayTarget, begin_account, replay
from apps.parking.simulation.replay_account import ReplayAccount
from apps.parking.simulation.stay_file import EXIT, GateEvent, StayFile, events_in_order, read_stay_file
from tests.factories.sites import open_location

ROOT = Path(__file__).resolve().parents[2]
REAL_FILE = ROOT.parent / "shared" / "data" / "shenzhen_stays.csv.gz"
WHOLE = "PARKING_TEST_WHOLE_REPLAY"
FIRST_EVENTS = 3_000

# In no order: an ordinary stay, one of no length, an exit before its entry, a whole duplicate, a plate that comes
# back at the second it left, one that is there already when it comes, and two of which one leaves as the other comes.
DEFECTS = """\
seq,entry,exit
7,2016-07-01T12:00:00,2016-07-01T18:00:00.500000
1,2016-07-01T08:00:00,2016-07-01T09:00:00
2,2016-07-01T08:30:00,2016-07-01T08:30:00
3,2016-07-01T11:00:00,2016-07-01T10:00:00
4,2016-07-01T08:10:00,2016-07-01T08:50:00
4,2016-07-01T08:10:00,2016-07-01T08:50:00
5,2016-07-01T08:15:00,2016-07-01T09:15:00
5,2016-07-01T09:15:00,2016-07-01T09:45:00
6,2016-07-01T10:30:00,2016-07-01T12:30:00
6,2016-07-01T11:30:00,2016-07-01T13:30:00
8,2016-07-01T09:00:00,2016-07-01T12:00:00
"""


@pytest.fixture
def stays(tmp_path: Path) -> Path:
    return stay_file(tmp_path, DEFECTS)


def stay_file(folder: Path, text: str) -> Path:
    path = folder / "stays.csv"
    path.write_text(text)
    return path


def run(file: Path, *words: str, tenant: str = "acme", location: str = "Garage") -> list[str]:
    """The command's closing lines."""
    said = StringIO()
    call_command("replay_stays", str(file), "--tenant", tenant, "--location", location, *words, stdout=said)
    return [" ".join(line.split()) for line in said.getvalue().splitlines()]


def opening(timezone: str = "Asia/Shanghai") -> list[str]:
    return ["--create-location", "--timezone", timezone]


def written() -> dict[str, Any]:
    """All that a replay may write, in the tenant entered."""
    return {
        "locations": list(Location.objects.values()),
        "counters": list(Occupancy.objects.values()),
        "stays": list(ParkingEntry.objects.order_by("id").values()),
        "events": list(Event.objects.order_by("position").values_list("id", flat=True)),
        "deadlines": list(Deadline.objects.order_by("subject_id").values()),
    }


def test_every_row_is_accounted_for(acme: TenantRef, stays: Path) -> None:
    lines = run(stays, *opening())

    assert lines[0] == "stays.csv at Garage (acme)"
    assert lines[1:-1] == [
        "rows 11 8 whole, 1 entry alone, 2 neither",
        "events 22",
        "accepted 17 9 entries, 8 exits",
        "refused 5 3 not_parked, 2 already_parked",
        "repeated 0",
        "occupancy 1 oracle 1: 0 before, and entries less exits; compared after each accepted event; highest 4",
    ]
    with tenancy.enter(acme):
        garage = Location.objects.get(name="Garage")
        assert (garage.timezone, garage.occupancy.capacity, garage.occupancy.allow_overbooking) == (
            "Asia/Shanghai",
            120,
            True,
        )
        assert garage.occupancy.occupied == ParkingEntry.objects.filter(exit_time=None).count() == 1
        left = ParkingEntry.objects.get(event_id__contains=":7:")
        assert left.entry_time == datetime(2016, 7, 1, 4, tzinfo=UTC)
        assert left.exit_time == datetime(2016, 7, 1, 10, 0, 0, 500_000, tzinfo=UTC)


def test_each_event_has_the_occupancy_of_the_oracle(acme: TenantRef, stays: Path) -> None:
    run(stays, *opening())

    with tenancy.enter(acme):
        told = Event.objects.filter(type__in=["VehicleEntered", "VehicleExited"]).order_by("position")
        counts = [event.data["occupancy"]["occupied"] for event in told]
    assert counts == oracle(read_stay_file(stays, timezone="Asia/Shanghai"))


def oracle(file: StayFile) -> list[int]:
    """The occupancy after each event that a yard without any rule but "a vehicle is in or out" accepts."""
    inside: dict[str, datetime] = {}
    counts = []
    for event in events_in_order(file.rows):
        came = inside.get(event.row.seq)
        if event.kind == EXIT and came is not None and came <= event.at:
            del inside[event.row.seq]
        elif event.kind != EXIT and came is None:
            inside[event.row.seq] = event.at
        else:
            continue
        counts.append(len(inside))
    return counts


def test_events_come_in_the_order_of_their_time(tmp_path: Path) -> None:
    rows = "seq,entry,exit\n3,2020-01-01T09:00,2020-01-01T11:00\n1,2020-01-01T08:00,2020-01-01T09:00\n"
    rows += "2,2020-01-01T09:00,2020-01-01T09:00\n"
    file = read_stay_file(stay_file(tmp_path, rows), timezone="UTC")
    order = [(event.kind, event.row.seq) for event in events_in_order(file.rows)]
    assert order == [("entry", "1"), ("exit", "1"), ("entry", "3"), ("entry", "2"), ("exit", "2"), ("exit", "3")]


def test_a_second_run_repeats_and_changes_nothing(acme: TenantRef, stays: Path) -> None:
    run(stays, *opening())
    with tenancy.enter(acme):
        before = written()

    lines = run(stays)

    assert lines[1:-1] == [
        "rows 11 8 whole, 1 entry alone, 2 neither",
        "events 22",
        "accepted 0 0 entries, 0 exits",
        "refused 5 5 refused_in_an_earlier_run",
        "repeated 17 on record from an earlier run",
        "occupancy 1 oracle 1: 1 before, and entries less exits; compared after each accepted event; highest 1",
    ]
    with tenancy.enter(acme):
        assert written() == before


def test_a_full_location_refuses_and_a_second_run_does_not_ask_again(acme: TenantRef, tmp_path: Path) -> None:
    with tenancy.enter(acme):
        open_location(name="Garage", capacity=2, timezone="Asia/Shanghai")
    rows = "".join(f"{n},2020-01-01T08:0{n}:00,2020-01-01T09:0{n}:00\n" for n in range(1, 5))
    file = stay_file(tmp_path, "seq,entry,exit\n" + rows)

    lines = run(file)
    assert lines[1] == "rows 4 2 whole, 2 neither"
    assert lines[4] == "refused 4 2 location_full, 2 not_parked"
    again = run(file)
    assert again[3] == "accepted 0 0 entries, 0 exits"
    assert again[1] == lines[1]


def test_a_packed_file_and_the_same_unpacked_are_one(acme: TenantRef, stays: Path, tmp_path: Path) -> None:
    packed = tmp_path / "stays.csv.gz"
    packed.write_bytes(gzip.compress(stays.read_bytes()))
    run(stays, *opening())
    assert run(packed)[5].startswith("repeated 17")
    assert run(packed, *opening(), location="Other garage")[3] == "accepted 17 9 entries, 8 exits"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("seq,entry\n1,2016-07-01T08:00:00\n", "the columns have to be seq, entry, exit; they are seq, entry."),
        ("", "the columns have to be seq, entry, exit; they are none."),
        ("seq,entry,exit\n1,2016-07-01T08:00:00\n", "row 1 has 2 fields instead of 3."),
        (f"{DEFECTS}9,tomorrow,2016-07-01T08:00:00\n", "row 12: entry 'tomorrow' is no time like"),
        (f"{DEFECTS}9,2016-07-01T08:00:00,2016-02-30T08:00:00\n", "row 12: exit '2016-02-30T08:00:00' is no time"),
        ("seq,entry,exit\nx1,2016-07-01T08:00:00,2016-07-01T08:00:00\n", "row 1: seq 'x1' is no number"),
        ("seq,entry,exit\n1,0001-01-01T00:00:00,2016-07-01T08:00:00\n", "row 1: entry '0001-01-01T00:00:00' is no"),
        (b"\x1f\x8b\x08\x00rest", "is damaged"),
        (gzip.compress(DEFECTS.encode())[:-20], "is damaged"),
        (b"seq,entry,exit\n\xff\xfe", "is not a text in UTF-8 (byte 15)."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_nothing_is_written_for_a_file_that_cannot_be_read(
    acme: TenantRef, tmp_path: Path, content: str | bytes | None, message: str
) -> None:
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    refuses(acme, lambda: run(path, *opening()), message)


@pytest.mark.parametrize(
    ("words", "where", "message"),
    [
        ([], {"tenant": "initech"}, "There is no tenant initech; the tenants are: acme, globex."),
        ([], {}, "There is no location Garage in acme; the locations are: none yet."),
        (["--timezone", "UTC"], {}, "There is no location Garage in acme"),
        (["--create-location"], {}, "Garage is to be opened, so say where"),
        (opening("Asia/Atlantis"), {}, "Asia/Atlantis is no IANA time zone"),
        ([*opening(), "--vehicle-type", "tank"], {}, "tank is not a vehicle type here; the types are motorcycle, car,"),
        ([*opening(), "--capacity", "-1"], {}, "A capacity is 0 to 1,000,000 places."),
        ([*opening(), "--speed", "0"], {}, "'0' is no number above 0"),
        ([*opening(), "--speed", "2", "--at-once"], {}, "not allowed with argument"),
    ],
)
def test_a_wrong_call_is_told_what_to_write(
    acme: TenantRef, stays: Path, words: list[str], where: dict[str, str], message: str
) -> None:
    refuses(acme, lambda: run(stays, *words, **where), message)


def refuses(tenant: TenantRef, call: Callable[[], object], message: str) -> None:
    with tenancy.enter(tenant):
        before = written()
    with pytest.raises(CommandError, match=re.escape(message)):
        call()
    with tenancy.enter(tenant):
        assert written() == before


def prepared(path: Path, timezone: str) -> tuple[list[GateEvent], ReplayTarget, ReplayAccount]:
    """A file, ready to be replayed at a new location of the tenant entered."""
    file = read_stay_file(path, timezone=timezone)
    garage = open_location(name="Garage", capacity=120, timezone=timezone, allow_overbooking=True)
    target = ReplayTarget.of(file, location_id=garage, vehicle_type="car")
    events = events_in_order(file.rows)
    return events, target, begin_account(file, events, target)


def test_the_first_difference_stops_it(in_acme: TenantRef, stays: Path) -> None:
    events, target, account = prepared(stays, "Asia/Shanghai")
    running = replay(events, target=target, account=account, pace=Pace(None, threading.Event()), now=clock.now)
    next(running)
    intruder = EntryDetails(vehicle_number="MH 12 AB 1", vehicle_type="car", location_id=target.location_id)
    record_vehicle_entry(entry=intruder, at=clock.now(), actor=GATE)

    with pytest.raises(OccupancyDiffers, match=r"entry of seq 4 \(row 5\) the database counts 3 .* exits are 2"):
        next(running)


def test_speed_keeps_to_the_clock(in_acme: TenantRef, tmp_path: Path) -> None:
    rows = "seq,entry,exit\n1,2020-01-01T08:00:00,2020-01-01T08:10:00\n"
    events, target, account = prepared(stay_file(tmp_path, rows), "UTC")
    pace = Pace(1_000.0, threading.Event())

    began = time.monotonic()
    assert len(list(replay(events, target=target, account=account, pace=pace, now=clock.now))) == 2
    assert 0.6 <= time.monotonic() - began < 2.0


@pytest.mark.usefixtures("own_database")
def test_ctrl_c_gives_the_account_and_a_second_run_goes_on(tmp_path: Path) -> None:
    rows = "".join(f"{n},2020-01-01T08:00:{n:02}.000,2020-01-01T08:01:{n:02}.000\n" for n in range(50))
    file = stay_file(tmp_path, "seq,entry,exit\n" + rows)
    words = ["replay_stays", str(file), "--tenant", "acme", "--location", "Garage", *opening("UTC")]
    command = [sys.executable, "manage.py", *words, "--speed", "10"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    with tenancy.enter(acme):
        wait_until(lambda: ParkingEntry.objects.count() >= 5)
    running.send_signal(signal.SIGINT)
    said, complaints = running.communicate(timeout=20)

    assert running.returncode == 130, complaints
    with tenancy.enter(acme):
        came = ParkingEntry.objects.count()
    assert 5 <= came < 50
    assert f"accepted           {came}   {came} entries, 0 exits" in said
    assert f"{100 - came} not reached" in said
    assert said.endswith("Stopped; a second run goes on from here.\n")

    lines = run(file)
    assert lines[1] == "rows 50 50 whole"
    assert lines[3:6] == [
        f"accepted {100 - came} {50 - came} entries, 50 exits",
        "refused 0",
        f"repeated {came} on record from an earlier run",
    ]
    assert lines[6].startswith(f"occupancy 0 oracle 0: {came} before")


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.usefixtures("own_database")  # for it commits: 78,000 changes of one row in one transaction take hours
def test_the_real_garage() -> None:
    """39,093 stays of one office garage; without the variable its first events, for time."""
    if not REAL_FILE.exists():
        warnings.warn(f"NOT TESTED: the replay of real stays, for want of {REAL_FILE.name}.", stacklevel=1)
        return
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    with tenancy.enter(acme):
        events, target, account = prepared(REAL_FILE, "Asia/Shanghai")
        assert (account.rows, account.events) == (39_093, 78_186)
        whole = bool(os.environ.get(WHOLE))
        if not whole:
            warnings.warn(
                f"NOT TESTED: all but {FIRST_EVENTS:,} of the real events; {WHOLE}=1 takes all.", stacklevel=1
            )
            events = events[:FIRST_EVENTS]
        pace = Pace(None, threading.Event())

        handled = sum(1 for _ in replay(events, target=target, account=account, pace=pace, now=clock.now))

        assert handled == account.handled == len(events)
        assert account.occupied == account.oracle == ParkingEntry.objects.filter(exit_time=None).count()
        told = Event.objects.filter(type__in=["VehicleEntered", "VehicleExited"]).order_by("position")
        counts = [data["occupancy"]["occupied"] for data in told.values_list("data", flat=True)]
    expected = oracle(read_stay_file(REAL_FILE, timezone="Asia/Shanghai"))
    assert counts == expected[: len(counts)]
    if whole:
        assert (account.entries, account.exits, account.refused) == (39_093, 39_087, {"not_parked": 6})
        assert (account.occupied, account.highest, len(counts)) == (6, 187, len(expected))
