"""`manage.py verify_events` names the first event that is not as it was written. The owner does the tampering."""

import os
import subprocess
import sys
import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.core import tenancy
from apps.core.events import sealing
from apps.core.events.sealing import seal_history, verify_events
from apps.core.models import Event, EventSeal
from tests import databases
from tests.events.relays import Heard, note, outbox_is_empty, relaying, wait_for

pytestmark = pytest.mark.usefixtures("own_database")
ZEROS = "0" * 64


def verify(*words):
    """What the command prints, and how it ends."""
    out = StringIO()
    try:
        call_command("verify_events", *words, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.fixture
def history(acme, globex):
    """Ten delivered events of acme in two aggregates; gives their ids in order."""
    with tenancy.enter(acme), relaying(Heard().subscription()):
        first = note("0")
        second = note("1")
        for number in range(2, 10):
            note(str(number), aggregate=first if number % 2 else second)
        wait_for(outbox_is_empty)
    with tenancy.enter(acme):
        return list(Event.objects.order_by("position").values_list("id", flat=True))


def tamper(tenant, *statements):
    tables = f"{tenant.schema}.core_event", f"{tenant.schema}.core_eventseal"
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
    on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
    databases.as_owner(";".join([f"SET search_path TO {tenant.schema}, public", *off, *statements, *on]))


def test_events_as_they_were_written_hold(history):
    printed, error = verify()
    assert error == ""
    assert "acme: 10 events hold, head " in printed
    assert f"globex: 0 events hold, head {ZEROS}" in printed


@pytest.mark.parametrize(
    ("tampering", "holds", "flaw"),
    [
        ("UPDATE core_event SET data = '{{\"text\": \"another\"}}' WHERE id = '{3}'", 3, "the event was altered"),
        ("UPDATE core_event SET occurred_at = occurred_at + interval '1 us' WHERE id = '{3}'", 3, "was altered"),
        ("UPDATE core_event SET metadata = metadata || '{{\"actorName\": \"x\"}}' WHERE id = '{3}'", 3, "altered"),
        ("DELETE FROM core_event WHERE id = '{3}'", 3, "the event is missing"),
        ("DELETE FROM core_event WHERE id = '{9}'", 9, "the event is missing"),
        (
            "UPDATE core_event SET position = position + 1000 WHERE id IN ('{3}', '{5}');"
            "UPDATE core_event SET position = (SELECT CASE WHEN id = '{3}' THEN 6 ELSE 4 END) WHERE position > 1000",
            3,
            "the event was altered",
        ),
        (
            "UPDATE core_eventseal SET seq = 1000 WHERE seq = 4; UPDATE core_eventseal SET seq = 4 WHERE seq = 6;"
            "UPDATE core_eventseal SET seq = 6 WHERE seq = 1000",
            3,
            "reordered",
        ),
    ],
)
def test_the_first_altered_missing_or_reordered_event_is_named(acme, history, tampering, holds, flaw):
    tamper(acme, tampering.format(*history))
    printed, error = verify("--tenant", "acme")
    assert f"acme: {holds} events hold" in printed
    assert flaw in printed
    if "core_eventseal" not in tampering:
        assert f"event {history[holds]}" in printed
    assert error == "The events of acme are not as they were written."


def test_an_event_that_is_gone_with_its_seal_is_missed(acme, history):
    gone = f"DELETE FROM core_event WHERE id = '{history[3]}'; DELETE FROM core_eventseal WHERE seq = 4"
    tamper(acme, gone)
    assert "seal 4 is missing" in verify()[0]


def test_an_event_written_past_the_outbox_was_never_delivered(acme, history):
    with tenancy.enter(acme):
        note("silent")
    databases.as_owner("DELETE FROM core_shared_eventoutbox")
    printed, error = verify()
    assert "acme: 10 events hold" in printed
    assert "the Noted was never delivered" in printed
    assert error


def test_an_event_that_waits_is_no_flaw_until_it_is_gone(acme, history):
    with tenancy.enter(acme):
        note("waiting")
    assert verify()[1] == ""
    tamper(acme, "DELETE FROM core_event WHERE data->>'text' = 'waiting'")
    assert "is missing, and still waits for its delivery" in verify()[0]


def test_events_that_are_written_and_delivered_meanwhile_are_no_flaw(acme):
    stop = threading.Event()

    def write():
        try:
            with tenancy.enter(acme):
                aggregate = note("first")
                while not stop.is_set():
                    note("more", aggregate=aggregate)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    with relaying(Heard().subscription()):
        for writer in writers:
            writer.start()
        try:
            counts = []
            while len(counts) < 10 or counts[-1] < counts[0] + 50:
                with tenancy.enter(acme):
                    verified = verify_events()
                assert verified.flaw is None
                counts.append(verified.events)
        finally:
            stop.set()
            for writer in writers:
                writer.join()


def test_a_head_kept_elsewhere_betrays_a_cut_off_end(acme, history):
    head = verify("--tenant", "acme")[0].split("head ")[1].strip()
    with tenancy.enter(acme):
        note("later")
    with relaying(Heard().subscription()):
        wait_for(outbox_is_empty)
    assert verify("--tenant", "acme", "--head", head)[1] == ""
    tamper(
        acme,
        f"DELETE FROM core_event WHERE id = '{history[9]}' OR data->>'text' = 'later'",
        "DELETE FROM core_eventseal WHERE seq > 9",
    )
    assert verify("--tenant", "acme")[1] == ""
    printed, error = verify("--tenant", "acme", "--head", head)
    assert "its end was cut off, or it was written anew" in printed
    assert error


def test_a_chain_that_was_made_anew_is_betrayed_by_the_head(acme, history):
    head = verify("--tenant", "acme")[0].split("head ")[1].strip()
    anew = f"UPDATE core_event SET data = '{{}}' WHERE id = '{history[3]}'; DELETE FROM core_eventseal"
    tamper(acme, anew)
    with tenancy.enter(acme):
        seal_history()
    assert verify("--tenant", "acme")[1] == ""
    assert verify("--tenant", "acme", "--head", head)[1]


def test_events_that_a_sound_chain_has_in_the_wrong_order_are_named(acme, history):
    """Delivered in the wrong order, or sealed anew so: no hash tells of it, but the aggregate's versions do."""
    order = [*history]
    order[3], order[5] = order[5], order[3]  # the second and third of one aggregate
    with tenancy.enter(acme):
        digests = {event_id: bytes(digest) for event_id, digest in EventSeal.objects.values_list("event_id", "digest")}
    head, seals = sealing.FIRST, []
    for seq, event_id in enumerate(order, start=1):
        head = sealing.chained(head, digests[event_id])
        values = f"{seq}, '{event_id}', '\\x{digests[event_id].hex()}', '\\x{head.hex()}'"
        seals.append(f"INSERT INTO core_eventseal (seq, event_id, digest, hash) VALUES ({values})")
    tamper(acme, "DELETE FROM core_eventseal", *seals)
    printed, error = verify()
    assert "acme: 3 events hold" in printed
    assert f"seal 4, event {order[3]}: the event is out of order: version 3 before 2." in printed
    assert "acme" in error


def test_what_is_asked_must_make_sense():
    assert verify("--tenant", "nobody")[1] == "There is no tenant nobody."
    assert verify("--head", ZEROS)[1] == "A head is one tenant's: name it by --tenant."


def test_the_demos_history_holds_and_goes_on(acme):
    command = [sys.executable, "manage.py", "seed_demo", "--days", "2"]
    subprocess.run(command, env=dict(os.environ), check=True, capture_output=True)
    with relaying(Heard().subscription()):
        wait_for(outbox_is_empty)
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_events"],
        env=dict(os.environ),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    with tenancy.enter(acme):
        assert f"acme: {Event.objects.count()} events hold" in done.stdout
    tamper(acme, "DELETE FROM core_event WHERE position = 20")
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_events"],
        env=dict(os.environ),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
