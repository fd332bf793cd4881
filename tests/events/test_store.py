"""The store: appended all or none, by version; never changed; read by aggregate and by type."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.events import publish
from apps.core.events.publish import LARGEST_BYTES, EventTooLarge, NotInTransaction
from apps.core.events.store import NewEvent, VersionSkipped, VersionTaken, append, get_events, get_events_by_type
from apps.core.ids import new_id
from apps.core.models import Event
from tests.events.relays import Noted, wait_until_settled


def new(aggregate, version, text="x"):
    return NewEvent(event=Noted(text=text), aggregate_id=aggregate, version=version, at=clock.now(), actor=SYSTEM)


def test_events_are_appended_by_version(in_acme):
    aggregate = new_id()
    with transaction.atomic():
        ids = append([new(aggregate, 1, "one"), new(aggregate, 2, "two")])
    assert [event.id for event in get_events(aggregate)] == ids
    assert [event.data["text"] for event in get_events(aggregate, 2)] == ["two"]
    assert [event.version for event in get_events(aggregate, limit=1)] == [1]


def test_a_version_that_is_taken_is_refused_and_nothing_is_appended(in_acme):
    aggregate, other = new_id(), new_id()
    with transaction.atomic():
        append([new(aggregate, 1)])
        with pytest.raises(VersionTaken):
            append([new(other, 1), new(aggregate, 1)])
    assert (len(get_events(aggregate)), get_events(other)) == (1, [])


def test_a_version_that_leaves_one_out_is_refused_and_nothing_is_appended(in_acme):
    aggregate, other = new_id(), new_id()
    with transaction.atomic():
        append([new(aggregate, 1)])
        for skipping in ([new(aggregate, 3)], [new(other, 2)], [new(aggregate, 2), new(aggregate, 4)]):
            with pytest.raises(VersionSkipped):
                append([new(new_id(), 1), *skipping])
    assert Event.objects.count() == 1


def test_appending_needs_the_transaction_of_its_change(in_acme):
    with pytest.raises(NotInTransaction):
        append([new(new_id(), 1)])


def test_what_no_message_can_carry_is_refused_before_it_is_stored(in_acme):
    event = Noted(text="x" * LARGEST_BYTES)
    with transaction.atomic(), pytest.raises(EventTooLarge):
        publish(event, aggregate_id=new_id(), at=clock.now(), actor=SYSTEM)
    with transaction.atomic(), pytest.raises(EventTooLarge):
        append([new(new_id(), 1, "x" * LARGEST_BYTES)])


@pytest.mark.usefixtures("own_database")
def test_events_are_read_by_type_since_an_instant(acme):
    with tenancy.enter(acme):
        with transaction.atomic():
            append([new(new_id(), 1, "old")])
        since = clock.now()
        with transaction.atomic():
            append([new(new_id(), 1, "new")])
        wait_until_settled()
        assert [event.data["text"] for event in get_events_by_type("Noted", since)] == ["new"]
        assert list(get_events_by_type("Unheard", since)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET {} = {}",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {}",
    ],
)
@pytest.mark.parametrize(("table", "column"), [("core_event", "position"), ("core_eventseal", "seq")])
def test_what_is_stored_cannot_be_changed(in_acme, table, column, statement):
    aggregate = new_id()
    with transaction.atomic():
        append([new(aggregate, 1)])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_eventseal (seq, event_id, digest, hash) SELECT 1, id, '', '' FROM core_event LIMIT 1"
        )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))
    assert Event.objects.count() == 1
