"""A lane that is told to end does so, or the relay would wait for it for ever and deliver nothing more."""

import asyncio

import pytest

from apps.core import tenancy
from apps.core.events import relay
from apps.core.events.known_tenants import KnownTenants
from apps.core.events.lane import Lane
from apps.core.events.shards import SHARDS
from apps.core.events.subscription import Subscription
from apps.core.shared.models import Delivery
from tests.events.relays import Heard, Noted, note, relaying, wait_for

pytestmark = pytest.mark.usefixtures("own_database")


class ToldToEnd:
    """A feed that fails at the very moment at which its lane is told to end."""

    lane: "asyncio.Task[None]"
    calls = 0

    async def __call__(self, envelopes):
        self.calls += 1
        self.lane.cancel()
        raise ConnectionError("away")


async def catch_up(feed):
    """Run a lane alone; says whether it ended when it was told to."""
    subscription = Subscription(name="heard", events=(Noted,), feed=feed)
    lane = Lane(subscription, KnownTenants().of, lambda: range(SHARDS))
    lane.behind = True
    feed.lane = asyncio.create_task(lane.keep_catching_up(relay.connect))
    await asyncio.wait({feed.lane}, timeout=20)
    ended = feed.lane.cancelled()
    while not feed.lane.done():  # so that a failure is one, and not a test that hangs
        feed.lane.cancel()
        await asyncio.sleep(0.1)
    return ended


def test_a_lane_ends_though_its_feed_fails_at_that_moment(acme):
    with tenancy.enter(acme), relaying(Heard(fails=1_000).subscription()):
        note("waits")
        with tenancy.public():
            wait_for(lambda: Delivery.objects.filter(subscription="heard").exists())
    feed = ToldToEnd()
    assert asyncio.run(catch_up(feed))
    assert feed.calls == 1
