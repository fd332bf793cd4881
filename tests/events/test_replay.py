"""Stored events told again: to feeds that may hear them again, in order, once for each asking."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from apps.core import clock, tenancy
from apps.core.errors import Invalid
from apps.core.events import replay
from apps.core.events.replay import NothingReplayable
from apps.core.events.subscription import Subscription
from apps.core.shared.models import Delivery
from tests.events.hearers import SUBSCRIPTIONS, Silent
from tests.events.relays import Heard, Noted, note, outbox_is_empty, relaying, wait_for, wait_until_settled

pytestmark = pytest.mark.usefixtures("own_database")
HEARERS = override_settings(EVENT_SUBSCRIPTIONS="tests.events.hearers.SUBSCRIPTIONS")
EVER = clock.now() - timedelta(days=1)


@pytest.fixture
def history(acme, globex):
    with relaying(Heard().subscription("elsewhere")):
        with tenancy.enter(acme):
            aggregate = note("1")
            note("2", aggregate=aggregate)
            note("of another")
            note("3", aggregate=aggregate)
        with tenancy.enter(globex):
            note("globex")
        wait_for(outbox_is_empty)
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            wait_until_settled()
    return aggregate


@HEARERS
def test_a_replay_is_heard_in_order_before_what_is_published_later(acme, history):
    again = Heard()
    with tenancy.enter(acme):
        assert replay("Noted", EVER) == 4
        assert replay("Noted", EVER) == 0  # they wait already
        note("4", aggregate=history)
        with relaying(Subscription(name="feed", events=(Noted,), feed=again, replayable=True)):
            wait_for(lambda: len(again.texts) >= 5)
    own = [envelope.data["text"] for envelope in again.envelopes if envelope.aggregate_id == history]
    assert own == ["1", "2", "3", "4"]
    assert "globex" not in again.texts


@HEARERS
def test_a_running_relay_hears_of_a_replay(acme, history):
    again = Heard()
    with relaying(Subscription(name="feed", events=(Noted,), feed=again, replayable=True)), tenancy.enter(acme):
        replay("Noted", EVER, subscription="feed")
        wait_for(lambda: len(again.texts) == 4)
        replay("Noted", EVER, subscription="feed")
        wait_for(lambda: len(again.texts) == 8)
        note("new", aggregate=history)
        wait_for(lambda: again.texts[-1] == "new")


@HEARERS
def test_only_what_happened_since_is_told_again(acme, history):
    with tenancy.enter(acme):
        assert replay("Noted", clock.now() + timedelta(seconds=1)) == 0


@HEARERS
@pytest.mark.parametrize(
    ("name", "says"), [("writer", "its inbox has these events"), ("fragile", "not meant"), ("nobody", "There is no")]
)
def test_whom_it_would_not_reach_is_refused(acme, history, name, says):
    with tenancy.enter(acme), pytest.raises(Invalid, match=says):
        replay("Noted", EVER, subscription=name)
    with tenancy.public():
        assert not Delivery.objects.exists()


def test_without_anybody_to_tell_it_is_refused(acme):
    with tenancy.enter(acme):
        with pytest.raises(NothingReplayable):
            replay("VehicleEntered", EVER)
        with pytest.raises(Invalid, match="There is no event Nothing"):
            replay("Nothing", EVER)


@HEARERS
def test_by_command_for_one_tenant_or_all(history):
    def command(*words):
        out = StringIO()
        call_command("events", "replay", "--type", "Noted", "--from", EVER.isoformat(), *words, stdout=out)
        return out.getvalue()

    assert command("--tenant", "globex") == "globex: 1 to be delivered again.\n"
    assert command() == "acme: 4 to be delivered again.\nglobex: 0 to be delivered again.\n"
    with pytest.raises(CommandError, match="There is no tenant nobody"):
        command("--tenant", "nobody")
    with pytest.raises(CommandError, match="inbox"):
        command("--subscription", "writer")


def test_a_subscription_is_either_and_a_handler_never_replayable():
    for wrong in ({}, {"feed": Heard(), "handler": Silent()}, {"handler": Silent(), "replayable": True}):
        with pytest.raises(ValueError, match="wrong"):
            Subscription(name="wrong", events=(Noted,), **wrong)
    assert [each.name for each in SUBSCRIPTIONS] == ["feed", "fragile", "writer"]
