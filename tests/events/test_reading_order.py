"""The store is read in the order of its transactions' numbers, not of the texts that they are written with."""

import pytest

from apps.core.events.projection_source import list_ahead, read_settled
from apps.core.events.store import FIRST, Place, read_all, read_page
from apps.core.ids import new_id
from apps.core.models import Event, EventInbox
from tests.databases import as_owner

NUMBERS = ("8", "9", "10", "11", "99", "100")  # long settled, and in another order as texts


@pytest.fixture
def positions(own_database, in_acme):
    """Events of transactions whose numbers get longer, in the order that they are to be read in.

    The owner of the tables writes them: nobody else may say which transaction an event is of.
    """
    for number in NUMBERS:
        as_owner(
            f"INSERT INTO {in_acme.schema}.core_event (tx_id, id, aggregate_type, aggregate_id, aggregate_version,"
            f" type, schema_version, occurred_at, data, metadata) VALUES ('{number}', '{new_id()}', 'note',"
            f" '{new_id()}', 1, 'Noted', 1, now(), '{{\"text\": \"x\"}}', '{{}}')"
        )
    return list(Event.objects.order_by("position").values_list("position", flat=True))


def test_pages_of_the_store_pass_nothing_by(positions):
    assert [event.position for event in read_all(type="Noted")] == positions
    found, after = [], FIRST
    while after is not None:
        page, after = read_page(type="Noted", after=after, limit=1)
        found += [event.position for event in page]
    assert found == positions


def test_pages_of_a_rebuild_pass_nothing_by(positions):
    found, after = [], FIRST
    for number in NUMBERS:
        page, after = read_settled(types=["Noted"], after=after, limit=1)
        found += [event.position for event in page]
        assert after == Place(tx_id=number, position=page[0].position)
    assert found == positions
    assert read_settled(types=["Noted"], after=after, limit=1) == ([], after)


def test_what_is_ahead_is_told_in_order(positions):
    for event in Event.objects.all():
        EventInbox.objects.create(consumer="reader", event_id=event.id)
    ahead = list_ahead(types=["Noted"], after=FIRST, consumer="reader")
    assert [event.position for event in ahead] == positions
    assert list_ahead(types=["Noted"], after=FIRST, consumer="another") == []
