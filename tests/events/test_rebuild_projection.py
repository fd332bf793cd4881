"""`manage.py rebuild_projection`: what it says, what it refuses, and that a power cut leaves the live rows alone."""

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.core import clock, tenancy
from apps.core.events.projection import UnknownProjection, get_projection, projections
from apps.core.events.projection_rebuild import PAGE, rebuild
from apps.core.ids import new_id
from apps.core.models import LiveProjection
from tests.events.projecting import deliver, expected, generations, rows, stored
from tests.reports.town import Town

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).parent / "stored" / "VehicleEntered.v1.json"
LAST_QUARTER_HOUR = "2026-03-09T10:15:00Z"


def command(*words, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command("rebuild_projection", *words, stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue() + str(error)
    return out.getvalue(), err.getvalue()


def enter_many(count, *, entry_time, version=1, **more):
    """Stored entries, as the gate's command writes them but for the stays themselves."""
    data = json.dumps(json.loads(EXAMPLE.read_text()) | {"entryTime": entry_time} | more)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,"
            " occurred_at, data, metadata) VALUES (%s, 'parking_entry', %s, 1, 'VehicleEntered', %s, now(), %s, '{}')",
            [[new_id(), new_id(), version, data] for _ in range(count)],
        )


@pytest.mark.usefixtures("own_database")
def test_it_rebuilds_those_named_of_a_tenant_or_all_of_all(acme, globex):
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            Town(1).live(30)
            counts = {each.name: len(stored(each)) for each in projections()}
    out, err = command("movements", "--tenant", "globex")
    with tenancy.enter(globex):
        made = sum(len(found) for found in rows(get_projection("movements")).values())
    said = f"globex: movements: rebuilt from {counts['movements']} events, {made} rows"
    assert (out.partition(" (")[0], err) == (said, "")
    with tenancy.enter(acme):
        assert not LiveProjection.objects.exists()

    out, err = command("--if-missing")
    told = [line.split(": rebuilt")[0] for line in out.splitlines()]
    assert (told, err) == (["acme: movements", "acme: revenue", "globex: revenue"], "")
    assert command("--if-missing") == ("", "")
    assert len(command()[0].splitlines()) == 4
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            for projection in projections():
                assert rows(projection) == expected(projection)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "There is no projection nothing; there are movements, revenue."),
        (["movements", "--tenant", "nobody"], "There is no tenant nobody."),
    ],
)
def test_it_refuses_what_there_is_not(acme, words, says):
    assert command(*words) == ("", says)
    with tenancy.enter(acme):
        assert not LiveProjection.objects.exists()


def test_an_unknown_projection_is_an_error_of_its_own(acme):
    with pytest.raises(UnknownProjection, match="there are movements, revenue"):
        get_projection("movement")


@pytest.mark.usefixtures("own_database")
def test_what_newer_code_wrote_is_named_and_nothing_is_touched(acme, globex):
    with tenancy.enter(globex):
        Town(2).live(20)
    with tenancy.enter(acme):
        Town(2).live(20)
        movements = get_projection("movements")
        deliver(movements, stored(movements))
        before = rows(movements)
        enter_many(1, entry_time=LAST_QUARTER_HOUR, version=2)

    out, err = command("movements")

    assert "acme: movements: VehicleEntered version 2 is not known here; it was written by newer code." in err
    assert "Not rebuilt, and live as before: movements of acme." in err
    assert "globex: movements: rebuilt from" in out
    with tenancy.enter(acme):
        assert (rows(movements), generations(movements)) == (before, {0})
        assert LiveProjection.objects.get().rebuilt_at is None


@pytest.mark.usefixtures("own_database")
def test_what_the_database_refuses_is_told_and_nothing_is_touched(in_acme):
    enter_many(3, entry_time=LAST_QUARTER_HOUR)
    movements = get_projection("movements")
    deliver(movements, stored(movements))
    before = rows(movements)
    enter_many(1, entry_time=LAST_QUARTER_HOUR, vehicleType="x" * 50)

    out, err = command("movements", "--tenant", "acme")

    assert (out, "value too long" in err) == ("", True)
    assert "Not rebuilt, and live as before: movements of acme." in err
    assert (rows(movements), generations(movements)) == (before, {0})


@pytest.mark.usefixtures("own_database")
def test_it_waits_no_longer_than_it_is_told_to(in_acme):
    enter_many(3, entry_time=LAST_QUARTER_HOUR)
    with psycopg.connect(os.environ["DATABASE_URL"]) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        out, err = command("movements", "--tenant", "acme", "--patience", "0")
    assert (out, "find them in pg_stat_activity" in err) == ("", True)
    assert generations(get_projection("movements")) == set()


@pytest.mark.usefixtures("own_database")
def test_killed_half_way_it_leaves_the_live_rows_and_the_next_one_begins_anew(acme):
    with tenancy.enter(acme):
        movements = get_projection("movements")
        enter_many(50, entry_time="2026-03-08T10:15:00Z")
        deliver(movements, stored(movements))
        before = rows(movements)
        enter_many(PAGE, entry_time="2026-03-08T11:15:00Z")
        enter_many(10, entry_time=LAST_QUARTER_HOUR)
        with psycopg.connect(os.environ["DATABASE_URL"]) as rival:
            # its row of generation 1 is not committed: the rebuild's second page waits for what becomes of it
            place = json.loads(EXAMPLE.read_text())
            rival.execute(
                f"INSERT INTO {acme.schema}.reports_movementcount VALUES (1, %s, %s, %s, 0, 0, 0, 0)",
                [LAST_QUARTER_HOUR, place["locationId"], place["vehicleType"]],
            )
            process = subprocess.Popen(
                [sys.executable, "manage.py", "rebuild_projection", "movements", "--tenant", "acme"],
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
            )
            try:
                wait_for_a_lock(rival)
                assert generations(movements) == {0, 1}, "one page is there"
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait(30)
            rival.rollback()
        assert rows(movements) == before
        wait_until_gone()

        done = rebuild(movements, at=clock.now())

        assert (done.events, done.generation) == (PAGE + 60, 1)
        assert rows(movements) == expected(movements)
        assert generations(movements) == {1}


def wait_for_a_lock(session):
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(3000):
        if session.execute(waiting).fetchone() == (1,):
            return
        session.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")
    raise AssertionError("it never came to the second page")


def wait_until_gone():
    """Until the killed process's database session has noticed, and its lock is free."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 730513")
            if cursor.fetchone() == (0,):
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("its session did not end")
