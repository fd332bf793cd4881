"""What one subscription does to the others, to its own order and to the relays beside: nothing that it should not."""

import asyncio
import threading

import psycopg
import pytest
from django.db import connection

from apps.core import clock, tenancy
from apps.core.events import deliveries, relay
from apps.core.events.shards import SHARDS, Shards
from apps.core.shared.models import Delivery, EventOutbox
from tests import databases
from tests.events.relays import Heard, Noted, note, outbox_is_empty, relaying, wait_for, wait_until_settled

pytestmark = pytest.mark.usefixtures("own_database")


class Poisoned(Heard):
    """A feed that chokes on one text, whatever is beside it."""

    async def __call__(self, envelopes):
        if any(envelope.data["text"] == "poison" for envelope in envelopes):
            raise ValueError("poison")
        await super().__call__(envelopes)


def _waiting(name):
    with tenancy.public():
        return list(Delivery.objects.filter(subscription=name).order_by("position").values("data", "attempts"))


def test_one_event_that_a_feed_cannot_take_holds_back_its_own_aggregate_alone(acme):
    feed = Poisoned()
    with tenancy.enter(acme):
        for number in range(5):
            note(f"before {number}")
        sick = note("poison")
        note("behind", aggregate=sick)
        for number in range(5):
            note(f"after {number}")
        with relaying(feed.subscription()):
            wait_for(lambda: len(feed.texts) >= 10)
            note("later")
            wait_for(lambda: "later" in feed.texts)
    assert "behind" not in feed.texts
    assert [row["data"]["text"] for row in _waiting("heard")] == ["poison", "behind"]


def next_try(name):
    """Bring the next try of the oldest forward, and wait for it; gives how many there were, and whether it is dead."""
    with tenancy.public():
        oldest = Delivery.objects.filter(subscription=name).order_by("position").first()
        Delivery.objects.filter(pk=oldest.pk).update(next_attempt_at=clock.now(), error="")
        wait_for(lambda: Delivery.objects.get(pk=oldest.pk).error != "")
        tried = Delivery.objects.get(pk=oldest.pk)
    return tried.attempts, tried.dead_at is not None


def test_a_poisoned_event_with_nothing_beside_it_dies_when_the_feed_takes_others_between_its_tries(acme):
    feed = Poisoned()
    with relaying(feed.subscription()), tenancy.enter(acme):
        note("poison")
        wait_for(lambda: bool(_waiting("heard")))
        dead = False
        for number in range(len(deliveries.BACKOFF_SECONDS) + 3):
            note(str(number))
            wait_for(lambda number=number: str(number) in feed.texts)
            _, dead = next_try("heard")
            if dead:
                break
        assert dead
        note("after")
        wait_for(lambda: "after" in feed.texts)
    assert "poison" not in feed.texts


def test_what_a_feed_fails_on_while_it_takes_nothing_else_never_dies(acme):
    feed = Poisoned()
    with relaying(feed.subscription()), tenancy.enter(acme):
        note("poison")
        wait_for(lambda: bool(_waiting("heard")))
        tries = [next_try("heard") for _ in range(len(deliveries.BACKOFF_SECONDS) + 4)]
    assert not any(dead for _, dead in tries)
    assert max(attempts for attempts, _ in tries) < len(deliveries.BACKOFF_SECONDS)  # not all but dead by then


def test_what_a_slow_feed_has_taken_at_last_is_not_handed_to_it_again(acme):
    slow = Heard(slow_seconds=1)
    with relaying(slow.subscription()), tenancy.enter(acme):
        note("one")
        wait_for(lambda: slow.texts == ["one"])
        wait_for(lambda: not _waiting("heard"))
    assert slow.texts == ["one"]


def test_a_feed_that_stays_slow_does_not_stop_the_others_again_and_again(acme):
    quick, slow = Heard(), Heard(slow_seconds=0.7)
    with relaying(quick.subscription("quick"), slow.subscription("slow")), tenancy.enter(acme):
        note("first")
        wait_for(lambda: "first" in slow.texts and "first" in quick.texts)
        for number in range(4):
            note(str(number))
            wait_for(lambda number=number: str(number) in quick.texts, seconds=1.4)  # at most one sweep
            wait_for(lambda number=number: str(number) in slow.texts)


def test_a_hanging_feed_is_let_go_when_the_relay_stops(acme):
    hanging = Heard(slow_seconds=3600)
    with relaying(hanging.subscription()), tenancy.enter(acme):
        note("one")
        wait_for(outbox_is_empty)
    again = Heard()
    with relaying(again.subscription()):
        wait_for(lambda: again.texts == ["one"])


def test_events_of_a_tenant_that_is_not_found_stay_and_hold_up_nobody(acme):
    databases.as_owner(
        "CREATE SCHEMA t_00000000;"
        "INSERT INTO core_shared_eventoutbox (shard, tenant_schema, event_position, event_id, aggregate_type,"
        " aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata)"
        " SELECT n % 8, 't_00000000', n, gen_random_uuid(), 'note', gen_random_uuid(), 1, 'Noted', 1, now(), '{}', '{}'"
        " FROM generate_series(1, 2500) n"
    )
    heard = Heard()
    with relaying(heard.subscription()), tenancy.enter(acme):
        note("seen")
        wait_for(lambda: heard.texts == ["seen"])
    with tenancy.public():
        assert EventOutbox.objects.count() == 2500


def test_the_relay_outlives_its_database_sessions(acme):
    heard = Heard()
    with relaying(heard.subscription()), tenancy.enter(acme):
        for number in range(3):
            note(str(number))
            wait_for(lambda number=number: str(number) in heard.texts)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'relay' AND datname = current_database()"
                )
        note("last")
        wait_for(lambda: "last" in heard.texts)
        wait_for(outbox_is_empty)


def test_a_shard_is_given_back_only_when_nothing_of_it_is_in_hand():
    async def work():
        async with await relay.connect() as first, await relay.connect() as second:
            old, new = Shards(first), Shards(second)
            await old.arrive()
            await old.balance()
            assert old.held == set(range(SHARDS))
            await new.arrive()
            assert await old.balance(in_hand={5})
            assert old.held == {0, 1, 2, 3}  # nothing new of the fifth is begun
            await new.balance()
            assert new.held == {4, 6, 7}
            await old.balance(in_hand=())
            await new.balance()
            assert new.held == {4, 5, 6, 7}

    asyncio.run(work())


def test_a_shard_that_was_to_be_given_back_is_kept_when_the_other_relay_is_gone():
    async def work():
        async with await relay.connect() as first:
            old = Shards(first)
            await old.arrive()
            await old.balance()
            async with await relay.connect() as second:
                new = Shards(second)
                await new.arrive()
                await old.balance(in_hand={4, 5, 6, 7})
            for _ in range(50):  # the server notices the end of a session a little later
                if await old.balance(in_hand={4, 5, 6, 7}):
                    break
                await asyncio.sleep(0.05)
            assert old.held == set(range(SHARDS))
            locks = await first.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 730511"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            assert (await locks.fetchone())[0] == SHARDS

    asyncio.run(work())


def test_a_relay_holds_back_what_waits_in_shards_that_it_has_just_got(acme):
    """The first relay leaves a failed event behind; the second must not deliver a later one of that aggregate first."""
    failing = Heard(fails=10_000)
    with relaying(failing.subscription()), tenancy.enter(acme):
        aggregate = note("1")
        wait_for(lambda: bool(_waiting("heard")))
    with tenancy.enter(acme):
        for number in range(2, 6):
            note(str(number), aggregate=aggregate)
    heard = Heard()
    with relaying(heard.subscription()):
        wait_for(lambda: len(heard.texts) >= 5)
    assert heard.texts == ["1", "2", "3", "4", "5"]


def test_a_late_commit_is_not_passed_by(acme):
    """The control shows the mistake: a reader that remembers the last position passes by what commits late."""
    heard = Heard()
    began, finish = threading.Event(), threading.Event()

    def slowly():
        from django.db import transaction

        from apps.core.actor import SYSTEM
        from apps.core.events import publish
        from apps.core.ids import new_id

        try:
            with tenancy.enter(acme), transaction.atomic():
                publish(Noted(text="slow"), aggregate_id=new_id(), at=clock.now(), actor=SYSTEM)
                began.set()
                finish.wait(10)
        finally:
            connection.close()

    naive: list[str] = []

    def read_naively(last):
        with psycopg.connect(databases.with_name(databases.OWNER_URL, connection.settings_dict["NAME"])) as reader:
            query = f"SELECT position, data->>'text' FROM {acme.schema}.core_event WHERE position > %s ORDER BY 1"
            for position, text in reader.execute(query, [last]).fetchall():
                naive.append(text)
                last = position
        return last

    with relaying(heard.subscription()), tenancy.enter(acme):
        writer = threading.Thread(target=slowly)
        writer.start()
        began.wait(10)
        note("quick")
        wait_for(lambda: heard.texts == ["quick"])
        last = read_naively(0)
        from apps.core.events.store import read_all

        assert [event.data["text"] for event in read_all()] == []  # a position below may still commit
        finish.set()
        writer.join()
        read_naively(last)
        wait_for(lambda: heard.texts == ["quick", "slow"])
        wait_until_settled()
        assert [event.data["text"] for event in read_all()] == ["slow", "quick"]
    assert naive == ["quick"]


def test_backoff_grows():
    assert list(deliveries.BACKOFF_SECONDS) == sorted(deliveries.BACKOFF_SECONDS)
    assert list(deliveries.FEED_BACKOFF_SECONDS) == sorted(deliveries.FEED_BACKOFF_SECONDS)
