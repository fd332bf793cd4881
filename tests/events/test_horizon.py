"""What may be read from the store: nothing that an open transaction may still precede, and all else."""

import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from apps.core import tenancy
from apps.core.events import replay
from apps.core.events.store import read_all
from tests import databases
from tests.events.relays import note

pytestmark = pytest.mark.usefixtures("own_database")


@contextmanager
def open_transaction(database):
    """One that has a number, in a database of the same server."""
    with psycopg.connect(databases.with_name(os.environ["DATABASE_OWNER_URL"], database)) as session:
        session.execute("SELECT pg_current_xact_id()")
        yield session
        session.rollback()


def texts():
    return [event.data["text"] for event in read_all()]


def asked(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_an_open_transaction_of_another_database_is_not_waited_for(acme):
    """The control: a snapshot's own horizon stands still at it."""
    with tenancy.enter(acme), open_transaction("postgres"):
        note("one")
        assert asked("SELECT count(*) FROM core_event WHERE tx_id < pg_snapshot_xmin(pg_current_snapshot())") == 0
        assert texts() == ["one"]


def test_an_open_transaction_of_this_database_is_waited_for_whatever_is_open_elsewhere(acme):
    with tenancy.enter(acme), open_transaction("postgres"):
        note("before")
        with open_transaction(connection.settings_dict["NAME"]), open_transaction("postgres"):
            note("after")
            assert texts() == ["before"]
        assert texts() == ["before", "after"]


def test_what_a_transaction_saw_of_the_sessions_before_is_not_believed_again(acme):
    """Inside one transaction PostgreSQL shows the sessions as they were when it was first asked."""
    with tenancy.enter(acme), transaction.atomic():
        note("unfinished")
        assert texts() == []  # one's own transaction is open too
    with tenancy.enter(acme), transaction.atomic():
        assert texts() == ["unfinished"]
        with open_transaction("postgres"):
            commit_elsewhere(acme, "second")
            assert texts() == ["unfinished", "second"]  # the open one is seen, though it began after the first look
            with open_transaction(connection.settings_dict["NAME"]):
                commit_elsewhere(acme, "third")
                assert texts() == ["unfinished", "second"]
        assert texts() == ["unfinished", "second", "third"]


def commit_elsewhere(tenant, text):
    def publish():
        try:
            with tenancy.enter(tenant):
                note(text)
        finally:
            connection.close()

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join(20)


def test_a_replay_leaves_out_what_is_not_settled(settings, acme):
    settings.EVENT_SUBSCRIPTIONS = "tests.events.hearers.SUBSCRIPTIONS"
    since = datetime(2000, 1, 1, tzinfo=UTC)
    with tenancy.enter(acme), open_transaction("postgres"):
        note("settled")
        with open_transaction(connection.settings_dict["NAME"]):
            note("not yet")
            assert replay("Noted", since) == 1
