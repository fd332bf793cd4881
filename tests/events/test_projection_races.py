"""A rebuild beside live events, each race made to happen: nothing is lost, nothing doubled. Beside each its control."""

import os
import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from apps.core import clock
from apps.core.events.projection import get_projection
from apps.core.events.projection_rebuild import AlreadyRebuilding, InTransaction, TransactionsOpen, rebuild
from apps.core.events.projection_source import list_ahead, read_settled
from apps.core.events.store import FIRST, Place
from apps.core.models import EventInbox, LiveProjection
from tests.events.projecting import deliver, expected, generations, rows, stored
from tests.events.relays import wait_until_settled
from tests.factories.sites import open_location
from tests.races.holding import wait_until_waited_for
from tests.races.rivals import Rivals
from tests.races.yards import entry

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def movements(in_acme):
    return get_projection("movements")


@pytest.fixture
def yard(in_acme):
    return open_location(capacity=1000)


@contextmanager
def writing(tenant, yard, plate):
    """An entry whose transaction is open, in a session of its own; committed at the end of the block."""
    ready, go = threading.Event(), threading.Event()

    def act():
        with transaction.atomic():
            entry(yard, plate)()
            ready.set()
            go.wait(30)

    rivals = Rivals(tenant)
    rivals.start(act)
    assert ready.wait(30)
    try:
        yield
    finally:
        go.set()
        assert rivals.outcomes() == [None]


def meanwhile(act):
    """A progress that acts once, after the first page: the rebuild has begun and has not swapped yet."""
    done = []

    def tell(*numbers):
        if not done:
            done.append(True)
            act()

    return tell


def in_thread(tenant, act):
    """Act in another database session, to its end."""
    rivals = Rivals(tenant)
    rivals.start(act)
    for outcome in rivals.outcomes():
        assert not isinstance(outcome, Exception), outcome


def swap_by_hand(projection, place, generation=1):
    live, _ = LiveProjection.objects.get_or_create(name=projection.name)
    LiveProjection.objects.filter(name=live.name).update(
        generation=generation, tx_id=place.tx_id, position=place.position
    )


def test_what_is_handled_but_not_settled_at_the_swap_is_carried_over(in_acme, movements, yard):
    entry(yard, "MH 1")()
    deliver(movements, stored(movements))
    slow, done = threading.Event(), threading.Event()
    rivals = Rivals(in_acme)

    def slowly():
        with transaction.atomic():
            entry(open_location(name="Slow", capacity=1), "MH SLOW")()
            slow.set()
            assert done.wait(60)

    def an_older_one_stays_open_and_a_newer_one_is_handled():
        rivals.start(slowly)
        assert slow.wait(30)
        in_thread(in_acme, entry(yard, "MH 2"))
        in_thread(in_acme, lambda: deliver(movements, stored(movements)))

    rebuild(movements, at=clock.now(), progress=meanwhile(an_older_one_stays_open_and_a_newer_one_is_handled))
    live = LiveProjection.objects.get(name="movements")
    ahead = [event for event in stored(movements) if event.data["vehicleNumber"] == "MH 2"]
    try:
        assert len(ahead) == 1
        assert [
            event.id
            for event in list_ahead(
                types=movements.types, after=Place(tx_id=live.tx_id, position=live.position), consumer="movements"
            )
        ] == [ahead[0].id]  # not settled yet, and there
        assert rows(movements) == expected(movements)
    finally:
        done.set()
        assert rivals.outcomes() == [None]
    deliver(movements, stored(movements))
    assert rows(movements) == expected(movements)


def test_control_a_swap_that_carries_nothing_over_loses_it(in_acme, movements, yard):
    entry(yard, "MH 1")()
    wait_until_settled()
    page, place = read_settled(types=movements.types, after=FIRST, limit=10)
    movements.apply(page, 1)
    entry(yard, "MH 2")()
    deliver(movements, stored(movements))

    swap_by_hand(movements, place)

    deliver(movements, stored(movements))
    assert rows(movements) != expected(movements)


def test_what_commits_after_the_swap_is_not_taken_for_read(in_acme, movements, yard):
    entry(yard, "MH 1")()
    late = writing(in_acme, yard, "MH LATE")

    def begin_one_and_finish_another():
        late.__enter__()
        in_thread(in_acme, entry(open_location(name="Other", capacity=5), "MH 2"))

    rebuild(movements, at=clock.now(), progress=meanwhile(begin_one_and_finish_another))
    late.__exit__(None, None, None)

    assert len(stored(movements)) == 3
    deliver(movements, stored(movements))
    assert rows(movements) == expected(movements)


def test_control_a_rebuild_that_reads_all_it_sees_takes_it_for_read(in_acme, movements, yard):
    other = open_location(name="Other", capacity=5)
    with writing(in_acme, yard, "MH LATE"):
        in_thread(in_acme, entry(other, "MH 2"))
        movements.apply(stored(movements), 1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tx_id::text, position FROM core_event ORDER BY core_event.tx_id DESC LIMIT 1")
            tx_id, position = cursor.fetchone()
        swap_by_hand(movements, Place(tx_id=tx_id, position=position))

    deliver(movements, stored(movements))

    assert rows(movements) != expected(movements)


@pytest.mark.parametrize("read", [True, False], ids=["read by the rebuild", "not read by it"])
def test_an_event_that_waits_for_the_swap_goes_into_the_new_generation_once(in_acme, movements, yard, read):
    entry(yard, "MH 1")()
    deliver(movements, stored(movements))
    entry(yard, "MH 2")()
    wait_until_settled()
    page, place = read_settled(types=movements.types, after=FIRST, limit=10 if read else 1)
    movements.apply(page, 1)
    live = f"{in_acme.schema}.core_liveprojection"
    rivals = Rivals(in_acme)
    with psycopg.connect(os.environ["DATABASE_URL"]) as swapping:
        swapping.execute(f"SELECT FROM {live} FOR UPDATE")
        rivals.start(lambda: deliver(movements, stored(movements)))
        wait_until_waited_for(swapping, by=1)
        swapping.execute(f"UPDATE {live} SET generation = 1, tx_id = %s, position = %s", [place.tx_id, place.position])
    assert rivals.outcomes() == [None]
    assert rows(movements) == expected(movements)


class Careless:
    """A handler of movements that looks which generation is live and does not lock it."""

    def __init__(self, projection):
        self.projection = projection
        self.has_looked, self.may_go_on = threading.Event(), threading.Event()

    def handle(self, envelope):
        generation = LiveProjection.objects.get(name=self.projection.name).generation
        self.has_looked.set()
        assert self.may_go_on.wait(30)
        self.projection.apply([envelope], generation)

    def on_error(self, envelope, error):
        raise error


def test_control_a_handler_without_the_lock_writes_into_the_old_generation(in_acme, movements, yard):
    entry(yard, "MH 1")()
    deliver(movements, stored(movements))
    entry(yard, "MH 2")()
    careless = Careless(movements)
    rivals = Rivals(in_acme)
    last = stored(movements)[-1]

    def handle():
        with transaction.atomic():
            EventInbox.objects.create(consumer="movements", event_id=last.id)
            careless.handle(last)

    wait_until_settled()
    page, place = read_settled(types=movements.types, after=FIRST, limit=1)
    movements.apply(page, 1)
    rivals.start(handle)
    assert careless.has_looked.wait(30)
    swap_by_hand(movements, place)
    careless.may_go_on.set()
    assert rivals.outcomes() == [None]
    deliver(movements, stored(movements))
    assert rows(movements) != expected(movements)


def test_two_rebuilds_do_not_meet(in_acme, movements, yard):
    entry(yard, "MH 1")()
    refused = []

    def another():
        with pytest.raises(AlreadyRebuilding):
            rebuild(movements, at=clock.now())
        refused.append(True)

    rebuild(movements, at=clock.now(), progress=meanwhile(lambda: in_thread(in_acme, another)))
    assert refused == [True]
    assert rows(movements) == expected(movements)
    assert generations(movements) == {1}
    rebuild(movements, at=clock.now())  # the lock is free again


def test_a_transaction_of_before_is_waited_for(in_acme, movements, yard):
    entry(yard, "MH 1")()
    deliver(movements, stored(movements))
    before = rows(movements)
    with writing(in_acme, yard, "MH OPEN"):
        with pytest.raises(TransactionsOpen):
            rebuild(movements, at=clock.now(), patience_seconds=0.2)
        assert (rows(movements), generations(movements)) == (before, {0})
        assert LiveProjection.objects.get(name="movements").rebuilt_at is None
        rivals = Rivals(in_acme)
        rivals.start(lambda: rebuild(movements, at=clock.now()))
    (done,) = rivals.outcomes()
    assert (done.events, done.generation) == (2, 1)  # written before the rebuild began, committed while it waited
    assert rows(movements) == expected(movements)


def test_a_rebuild_is_no_part_of_a_transaction(in_acme, movements):
    with transaction.atomic(), pytest.raises(InTransaction):
        rebuild(movements, at=clock.now())
    assert not LiveProjection.objects.exists()


def test_the_projection_stays_as_it_is_when_growing_it_fails(in_acme, movements, yard):
    entry(yard, "MH 1")()
    deliver(movements, stored(movements))
    before = rows(movements)

    def fails(envelopes, generation):
        movements.apply(envelopes, generation)
        raise ArithmeticError("poison")

    broken = type(movements)(name="movements", events=movements.events, tables=movements.tables, apply=fails)
    with pytest.raises(ArithmeticError):
        rebuild(broken, at=clock.now())
    assert (rows(movements), generations(movements)) == (before, {0})
