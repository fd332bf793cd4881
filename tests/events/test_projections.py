"""Every projection there is, rebuilt: row by row what was grown live, whatever happens meanwhile."""

import random
import threading
from itertools import chain

import pytest
from django.db import connection

from apps.core import clock, tenancy
from apps.core.events.projection import projections, subscription
from apps.core.events.projection_rebuild import rebuild
from apps.core.models import LiveProjection
from apps.core.tenancy import TenantRef
from tests.events.projecting import deliver, expected, generations, live_generation, rows, stored
from tests.events.relays import outbox_is_empty, relaying, wait_for
from tests.reports.town import Town

EVERY = pytest.mark.parametrize("projection", projections(), ids=lambda each: each.name)
SUBSCRIPTIONS = [subscription(projection) for projection in projections()]


def test_there_are_projections_and_each_table_belongs_to_one():
    tables = [table for projection in projections() for table in projection.tables]
    assert {"movements", "revenue"} <= {projection.name for projection in projections()}
    assert len(set(tables)) == len(tables)
    assert all({field.name for field in table._meta.fields} >= {"generation"} for table in tables)


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize("seed", [1, 2])
def test_each_rebuild_is_what_was_grown_live(in_acme: TenantRef, globex: TenantRef, seed: int):
    with relaying(*SUBSCRIPTIONS):
        Town(seed).live(150)
        wait_for(outbox_is_empty)
    for projection in projections():
        grown = rows(projection)
        assert all(len(found) > 10 for found in grown.values())
        assert grown == expected(projection)
        before = live_generation(projection)

        done = rebuild(projection, at=clock.now())

        assert rows(projection) == grown
        assert (done.generation, done.events) == (before + 1, len(stored(projection)))
        assert generations(projection) == {live_generation(projection)} == {before + 1}
    with tenancy.enter(globex):
        assert not LiveProjection.objects.exists()


@pytest.mark.usefixtures("own_database")
def test_rebuilds_while_events_keep_arriving(in_acme: TenantRef):
    town, stop, failures = Town(3), threading.Event(), []

    def live_on() -> None:
        try:
            with tenancy.enter(in_acme):
                while not stop.is_set():
                    town.live(5)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=live_on)
    with relaying(*SUBSCRIPTIONS):
        town.live(60)
        writer.start()
        try:
            for _ in range(4):
                for projection in projections():
                    rebuild(projection, at=clock.now())
        finally:
            stop.set()
            writer.join(30)
        wait_for(outbox_is_empty)
    assert failures == []
    for projection in projections():
        assert rows(projection) == expected(projection)
        assert generations(projection) == {live_generation(projection)} == {4}


@pytest.mark.usefixtures("own_database")
@EVERY
def test_what_was_never_delivered_is_built_and_what_is_delivered_then_is_not_doubled(in_acme: TenantRef, projection):
    town = Town(4)
    town.live(80)
    rebuild(projection, at=clock.now())
    assert rows(projection) == expected(projection)
    read = stored(projection)
    town.live(40)
    deliver(projection, [*read, *stored(projection)[len(read) :]])
    deliver(projection, stored(projection))
    assert rows(projection) == expected(projection)


@pytest.mark.usefixtures("own_database")
@EVERY
def test_aggregates_may_arrive_in_any_order(in_acme: TenantRef, projection):
    Town(5).live(120)
    by_aggregate: dict[object, list] = {}
    for event in stored(projection):
        by_aggregate.setdefault(event.aggregate_id, []).append(event)
    chains = list(by_aggregate.values())
    random.Random(5).shuffle(chains)
    assert [event.id for event in chain(*chains)] != [event.id for event in stored(projection)]

    deliver(projection, list(chain(*chains)))

    assert rows(projection) == expected(projection)
    rebuild(projection, at=clock.now())
    assert rows(projection) == expected(projection)


@pytest.mark.usefixtures("own_database")
@EVERY
def test_a_damaged_projection_is_mended(in_acme: TenantRef, projection):
    Town(6).live(80)
    deliver(projection, stored(projection))
    for table in projection.tables:
        some = table._default_manager.order_by("quarter_hour").first()
        table._default_manager.filter(quarter_hour=some.quarter_hour).delete()
    assert rows(projection) != expected(projection)

    rebuild(projection, at=clock.now())

    assert rows(projection) == expected(projection)


@EVERY
@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_how_events_are_cut_and_whose_turn_it_is(in_acme: TenantRef, projection, seed: int):
    Town(7 + seed).live(60)
    left, chance, turns = stored(projection), random.Random(seed), []
    heads: dict[object, list] = {}
    for event in left:
        heads.setdefault(event.aggregate_id, []).append(event)
    while heads:
        aggregate = chance.choice(list(heads))
        turns.append(heads[aggregate].pop(0))
        if not heads[aggregate]:
            del heads[aggregate]
    while turns:
        size = chance.randrange(1, 20)
        projection.apply(turns[:size], -2)
        turns = turns[size:]
    assert rows(projection, -2) == expected(projection)
