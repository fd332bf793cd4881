"""A dump restored on another server: its transaction numbers are not that server's, until they are given anew."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import clock, tenancy
from apps.core.events.projection import get_projection
from apps.core.events.projection_rebuild import rebuild
from apps.core.events.renumbering import ForeignTransactions
from apps.core.events.sealing import verify_events
from apps.core.events.store import read_all
from apps.core.models import Event, EventInbox, LiveProjection
from tests import databases
from tests.events.projecting import rows
from tests.events.relays import Heard, Noted, note, outbox_is_empty, relaying, wait_for, wait_until_settled
from tests.refusals import everything_written

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("own_database")


def restored_on_a_younger_server(tenant):
    """What a dump brings along: numbers far above those that are given out here."""
    databases.as_owner(f"""
        ALTER TABLE {tenant.schema}.core_event DISABLE TRIGGER row_is_final;
        UPDATE {tenant.schema}.core_event SET tx_id = (tx_id::text::bigint + 1000000000)::text::xid8;
        UPDATE {tenant.schema}.core_liveprojection SET tx_id = (tx_id::text::bigint + 1000000000)::text::xid8;
        ALTER TABLE {tenant.schema}.core_event ENABLE TRIGGER row_is_final;
    """)


def renumber():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "renumber_events"],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def texts():
    return [event.data["text"] for event in read_all() if event.type == Noted.__name__]


def test_restored_events_are_read_again_in_order_and_before_what_came_since(acme):
    heard = Heard()
    with tenancy.enter(acme):
        aggregate = note("1")
        note("2", aggregate=aggregate)
        with relaying(heard.subscription()):
            wait_for(outbox_is_empty)
        restored_on_a_younger_server(acme)
        note("3", aggregate=aggregate)
        wait_for(lambda: texts() == ["3"])  # the control: what was restored is not seen
        count, before = Event.objects.count(), verify_events()
        assert f"acme: {count} events renumbered." in renumber()
        wait_until_settled()
        assert texts() == ["1", "2", "3"]
        assert verify_events().head == before.head
        assert "acme: 0 events renumbered." in renumber()


def test_a_rebuild_of_restored_events_is_refused_and_leaves_the_live_rows(acme):
    with tenancy.enter(acme):
        note()
        projection = get_projection("movements")
        rebuild(projection, at=clock.now())
        restored_on_a_younger_server(acme)
        live, written = rows(projection), everything_written()
        with pytest.raises(ForeignTransactions, match="renumber_events"):
            rebuild(projection, at=clock.now())
        assert (rows(projection), everything_written()) == (live, written)
        renumber()
        rebuild(projection, at=clock.now())
        assert rows(projection) == live


def test_what_a_rebuild_had_read_and_no_relay_delivered_is_not_handled_again(acme):
    with tenancy.enter(acme):
        note()
        rebuild(get_projection("movements"), at=clock.now())
        place = LiveProjection.objects.get(name="movements")
        databases.as_owner(
            f"UPDATE {acme.schema}.core_liveprojection l SET (tx_id, position) ="
            f" (SELECT tx_id, position FROM {acme.schema}.core_event ORDER BY position DESC LIMIT 1)"
        )
        last = Event.objects.order_by("-position").first()
        restored_on_a_younger_server(acme)
        renumber()
        assert EventInbox.objects.filter(consumer="movements", event_id=last.id).exists()
        place.refresh_from_db()
        assert (place.tx_id, place.position) == (None, None)
