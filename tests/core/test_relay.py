"""The relay and transactions: what is committed is delivered however late, in order, and whoever comes and goes."""

import asyncio
from collections.abc import Sequence

import pytest

from apps.core import changes, tenancy
from apps.core.events import Envelope
from apps.core.events.relay import BATCH
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.core.relaying import Memory, relay, ring, session, until, until_delivered, waiting

pytestmark = pytest.mark.usefixtures("own_database")


def test_committed_events_are_delivered_whole_and_leave_the_outbox(acme: TenantRef) -> None:
    memory, bell = Memory(), new_id()

    async def run() -> None:
        async with relay(memory.feed):
            with session() as writer:
                event_id = ring(writer, acme, bell)
            await until(memory.count(1))
            await until_delivered()
        (heard,) = memory.heard
        assert (heard.id, heard.type, heard.tenant, heard.aggregate_type) == (event_id, "Rang", acme, "bell")
        assert (heard.aggregate_id, heard.version, heard.schema_version) == (bell, 1, 1)
        assert (heard.data, heard.metadata) == ({"loud": True}, {"correlationId": "c-1"})
        assert heard.occurred_at.utcoffset() is not None

    asyncio.run(run())


def test_what_was_committed_while_no_relay_ran_is_delivered_in_order(acme: TenantRef, globex: TenantRef) -> None:
    memory = Memory()
    bells = [new_id() for _ in range(7)]
    number = 2 * BATCH + 100
    with session() as writer:
        for count in range(number):
            ring(writer, (acme, globex)[count % 2], bells[count % 7], 1 + count // 7)

    async def run() -> None:
        async with relay(memory.feed):
            await until_delivered()

    asyncio.run(run())
    assert len(memory.heard) == number
    assert max(memory.batches) <= BATCH
    for count, bell in enumerate(bells):
        assert memory.of(bell) == list(range(1, 1 + len(range(count, number, 7))))


def test_what_nobody_hears_leaves_the_outbox_too(acme: TenantRef) -> None:
    memory = Memory()
    with session() as writer:
        ring(writer, acme, new_id(), kind="Hummed")

    async def run() -> None:
        async with relay(memory.feed):
            await until_delivered()

    asyncio.run(run())
    assert memory.heard == []


def test_an_event_of_a_tenant_that_is_no_more_holds_up_nobody(acme: TenantRef) -> None:
    memory = Memory()
    with session() as writer:
        ring(writer, acme, new_id())
        writer.execute("UPDATE public.core_shared_eventoutbox SET tenant_schema = 't_00000000gone'")
        ring(writer, acme, new_id())

    async def run() -> None:
        async with relay(memory.feed):
            await until_delivered()

    asyncio.run(run())
    assert [heard.tenant for heard in memory.heard] == [acme]


def test_a_subscriber_that_fails_gets_it_again_and_nothing_is_lost_or_reordered(acme: TenantRef) -> None:
    memory, steady, bell = Memory(), Memory(), new_id()
    failures = 3

    async def failing(envelopes: Sequence[Envelope]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise ConnectionError("not now")
        await memory.feed(envelopes)

    async def run() -> None:
        async with relay(steady.feed, failing):
            with session() as writer:
                for version in (1, 2):
                    ring(writer, acme, bell, version)
            await until(lambda: failures < 3)
            with session() as writer:
                ring(writer, acme, bell, 3)
            await until(memory.count(3))

    asyncio.run(run())
    assert memory.of(bell) == steady.of(bell) == [1, 2, 3]


def test_control_a_reader_by_position_skips_a_transaction_that_commits_late(acme: TenantRef) -> None:
    """Why the relay keeps no position: sequences are not given out in the order of commits."""
    late, early = new_id(), new_id()
    with session() as slow, session() as quick, session() as reader:
        late_event = ring(slow, acme, late)
        early_event = ring(quick, acme, early)
        quick.commit()
        query = f"SELECT position, id FROM {acme.schema}.core_event WHERE position > %s ORDER BY position"
        seen = reader.execute(query, [0]).fetchall()
        slow.commit()
        seen += reader.execute(query, [seen[-1][0]]).fetchall()
    assert [event_id for _, event_id in seen] == [early_event]
    assert late_event not in seen


def test_a_transaction_that_commits_late_is_delivered_late_and_not_skipped(acme: TenantRef) -> None:
    memory = Memory()
    late, early = new_id(), new_id()

    async def run() -> None:
        with session() as slow, session() as quick:
            async with relay(memory.feed):
                ring(slow, acme, late)
                ring(quick, acme, early)
                quick.commit()
                await until(memory.count(1))
                slow.commit()
                await until(memory.count(2))

    asyncio.run(run())
    assert [heard.aggregate_id for heard in memory.heard] == [early, late]
    assert memory.heard[0].position > memory.heard[1].position


def test_a_transaction_that_is_rolled_back_is_never_heard_of(acme: TenantRef) -> None:
    memory, bell = Memory(), new_id()

    async def run() -> None:
        with session() as writer:
            async with relay(memory.feed):
                ring(writer, acme, new_id())
                await asyncio.sleep(0.2)
                writer.rollback()
                ring(writer, acme, bell)
                writer.commit()
                await until_delivered()

    asyncio.run(run())
    assert [heard.aggregate_id for heard in memory.heard] == [bell]


def test_when_one_of_two_relays_goes_the_other_takes_over(acme: TenantRef, globex: TenantRef) -> None:
    first, second = Memory(), Memory()

    async def run() -> None:
        async with relay(second.feed):
            async with relay(first.feed):
                for tenant in (acme, globex, acme):
                    with session() as writer:
                        ring(writer, tenant, new_id())
                await until_delivered()
                assert len(first.heard) + len(second.heard) == 3
            heard = len(second.heard)
            for tenant in (acme, globex):
                with session() as writer:
                    ring(writer, tenant, new_id())
            await until(second.count(heard + 2))

    asyncio.run(run())


def test_it_outlives_the_loss_of_its_database_session(acme: TenantRef) -> None:
    memory = Memory()

    async def run() -> None:
        async with relay(memory.feed):
            for number in (1, 2):
                with session() as writer:
                    ring(writer, acme, new_id())
                await until(memory.count(number))
                await until_delivered()
                with session() as killer:
                    killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                   "application_name = 'relay' AND datname = current_database()")  # fmt: skip
            with session() as writer:
                ring(writer, acme, new_id())
            await until(memory.count(3))

    asyncio.run(run())
    assert len({heard.id for heard in memory.heard}) == 3


def test_without_redis_it_looks_by_itself(acme: TenantRef) -> None:
    memory = Memory()

    async def run() -> None:
        async with relay(memory.feed, redis_url="redis://127.0.0.1:1/0"):
            await asyncio.sleep(0.3)
            with session() as writer:
                ring(writer, acme, new_id())
            await until(memory.count(1))

    asyncio.run(run())


def test_a_hint_wakes_it_before_its_next_look(acme: TenantRef) -> None:
    memory = Memory()

    async def run() -> list[float]:
        loop, took = asyncio.get_running_loop(), []
        async with relay(memory.feed):
            await asyncio.sleep(0.5)  # until it listens
            for number in range(1, 6):
                with session() as writer:
                    ring(writer, acme, new_id())
                at = loop.time()
                with tenancy.enter(acme):
                    changes.announce()
                await until(memory.count(number))
                took.append(loop.time() - at)
        return took

    assert sorted(asyncio.run(run()))[2] < 0.4  # its own look comes once a second


def test_it_stops_cleanly_and_leaves_no_session_behind(acme: TenantRef) -> None:
    async def run() -> None:
        for pause in (0, 0.3):
            async with relay(Memory().feed) as work:
                await asyncio.sleep(pause)
            assert work.done()
            assert work.exception() is None
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    with session() as reader:
        left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relay' AND datname = current_database()"
        for _ in range(100):
            if reader.execute(left).fetchone() == (0,):
                break
            reader.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.02)")
        assert reader.execute(left).fetchone() == (0,)
    assert waiting() == 0
