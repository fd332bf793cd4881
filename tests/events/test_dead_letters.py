"""Dead letters: seen, counted, tried again and given up, by command and in the admin."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import override_settings

from apps.core import clock, tenancy
from apps.core.events.lag import list_lag
from apps.core.events.subscription import Subscription
from apps.core.shared.models import Delivery
from tests.admin.conftest import browser  # noqa: F401
from tests.events.relays import Noted, note, relaying, wait_for

HEARERS = override_settings(EVENT_SUBSCRIPTIONS="tests.events.hearers.SUBSCRIPTIONS")


def events(*words):
    out = StringIO()
    call_command("events", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def letters(acme):
    """Two dead letters of `writer`, one of `fragile`, and one event that waits behind a dead one."""
    at = clock.now() - timedelta(minutes=10)
    aggregate = uuid4()

    def row(subscription, dead, **more):
        more = {"aggregate_id": uuid4(), "position": 1, "event_id": uuid4()} | more
        return Delivery(
            subscription=subscription, shard=1, tenant_schema=acme.schema, event_position=1, aggregate_type="note",
            aggregate_version=1, type="Noted", schema_version=1, occurred_at=at, data={"text": "x"}, metadata={},
            stored_at=at, attempts=8 if dead else 0, error="ValueError('no')" if dead else "",
            dead_at=at if dead else None, **more,
        )  # fmt: skip

    with tenancy.public():
        return Delivery.objects.bulk_create(
            [
                row("writer", True, aggregate_id=aggregate, position=1),
                row("writer", False, aggregate_id=aggregate, position=2),
                row("writer", True, position=3),
                row("fragile", True, position=1),
            ]
        )


@HEARERS
def test_lag_says_what_waits_for_each_subscription(letters):
    lines = events("lag").splitlines()
    assert lines[0] == "feed: 0 waiting; 0 dead"
    assert lines[1] == "fragile: 0 waiting; 1 dead"
    assert lines[2].startswith("writer: 1 waiting, the oldest for 60")
    assert lines[2].endswith("; 2 dead")


@HEARERS
def test_what_is_in_the_outbox_waits_for_all_that_hear_it(acme):
    with tenancy.enter(acme):
        note("waiting")
    lags = {lag.subscription: lag for lag in list_lag(at=clock.now() + timedelta(seconds=30))}
    assert {name: lag.waiting for name, lag in lags.items()} == {"feed": 1, "fragile": 1, "writer": 1}
    assert all(29 < lag.oldest_seconds < 40 for lag in lags.values())


def test_a_subscription_that_is_no_more_is_shown_while_it_has_something_left(letters):
    assert "writer: 1 waiting" in events("lag")
    assert "live-boards: 0 waiting; 0 dead" in events("lag")


def test_dead_letters_are_listed_with_their_errors(letters):
    lines = events("dead").splitlines()
    assert len(lines) == 3
    assert all("after 8 tries: ValueError('no')" in line for line in lines)
    assert len(events("dead", "--subscription", "fragile").splitlines()) == 1
    assert events("dead", "--event", str(letters[2].event_id)).startswith(str(letters[2].event_id))


def left():
    with tenancy.public():
        return {letter.pk: letter.dead_at is not None for letter in Delivery.objects.all()}


@pytest.mark.parametrize(
    ("words", "revived"),
    [(["--all"], {0, 2, 3}), (["--subscription", "writer"], {0, 2}), (["--event", "{2}"], {2})],
)
def test_dead_letters_are_tried_again(letters, words, revived):
    words = [word.format(*(letter.event_id for letter in letters)) for word in words]
    assert events("redrive", *words) == f"{len(revived)} will be tried again.\n"
    assert left() == {letter.pk: number in {0, 2, 3} - revived for number, letter in enumerate(letters)}


def test_given_up_letters_are_gone_and_leave_a_log_line(letters, caplog):
    assert events("discard", "--event", str(letters[0].event_id), "--reason", "sold the yard") == "1 given up.\n"
    assert set(left()) == {letter.pk for letter in letters[1:]}
    (line,) = [record.msg for record in caplog.records if "dead_letter_discarded" in str(record.msg)]
    assert (line["event_id"], line["reason"], line["actor"]) == (str(letters[0].event_id), "sold the yard", "platform")


def test_what_only_waits_is_neither_revived_nor_given_up(letters):
    assert events("discard", "--event", str(letters[1].event_id), "--reason", "x") == "0 given up.\n"
    assert events("redrive", "--event", str(letters[1].event_id)) == "0 will be tried again.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["redrive"],
        ["discard", "--reason", "x"],
        ["discard", "--subscription", "writer"],
        ["discard", "--subscription", "writer", "--reason", " "],
        ["discard", "--event", "no-id", "--reason", "x"],
        ["replay", "--type", "Noted", "--from", "2026-01-01T00:00:00"],
    ],
)
def test_a_command_that_does_not_say_which_or_why_is_refused(letters, words):
    before = left()
    with pytest.raises(CommandError):
        events(*words)
    assert left() == before


def act(page, action, letters, **more):
    chosen = {"action": action, "_selected_action": [str(letter.pk) for letter in letters], "index": "0"}
    return page.client.post("/admin/core_shared/delivery/", chosen | more, follow=True).content.decode()


def test_the_platforms_admin_shows_redrives_and_discards(browser, letters):  # noqa: F811
    root = browser("root", None)
    page = root.get("/admin/core_shared/delivery/", state="dead").content.decode()
    assert str(letters[0].event_id) in page
    assert str(letters[1].event_id) not in page
    assert "1 will be tried again." in act(root, "redrive", letters[:2])
    assert left()[letters[0].pk] is False
    assert "Say why" in act(root, "discard", [letters[3]])
    assert letters[3].pk in left()
    assert "1 given up." in act(root, "discard", [letters[3]], reason="no longer")
    assert letters[3].pk not in left()


def test_a_tenants_owner_neither_sees_nor_moves_them(browser, letters):  # noqa: F811
    owner = browser("owner")
    refused = owner.get("/admin/core_shared/delivery/")
    assert refused.status_code == 404
    assert str(letters[0].event_id) not in refused.content.decode()
    chosen = {"action": "discard", "_selected_action": [str(letter.pk) for letter in letters], "index": "0"}
    owner.post("/admin/core_shared/delivery/", reason="mine", **chosen)
    assert len(left()) == 4


def died_without_waiting():
    """Bring the next try forward, until there are no more."""
    with tenancy.public():
        Delivery.objects.filter(dead_at=None, attempts__gt=0).update(next_attempt_at=clock.now())
    return "2 is not for me" in events("dead")


class Fails:
    """A handler that fails until it is told not to."""

    broken = True

    def __init__(self):
        self.heard = []

    def handle(self, envelope):
        if self.broken and envelope.data["text"] == "2":
            raise ValueError("2 is not for me")
        text = envelope.data["text"]
        transaction.on_commit(lambda: self.heard.append(text))  # what is rolled back with another was not taken

    def on_error(self, envelope, error):
        pass


@pytest.mark.usefixtures("own_database")
def test_after_the_last_try_an_event_is_dead_and_goes_on_in_order_when_redriven(acme):
    handler = Fails()
    with relaying(Subscription(name="writer", events=(Noted,), handler=handler)), tenancy.enter(acme):
        aggregate = note("1")
        for text in "23":
            note(text, aggregate=aggregate)
        wait_for(died_without_waiting)
        note("4", aggregate=aggregate)
        note("of another")
        wait_for(lambda: "of another" in handler.heard)
        assert handler.heard == ["1", "of another"]
        handler.broken = False
        events("redrive", "--all")
        wait_for(lambda: len(handler.heard) == 5)
    assert handler.heard == ["1", "of another", "2", "3", "4"]
    with tenancy.enter(acme), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_eventinbox WHERE consumer = 'writer'")
        assert cursor.fetchone()[0] == 5


@pytest.mark.usefixtures("own_database")
def test_what_waits_behind_a_discarded_event_goes_on(acme):
    handler = Fails()
    with relaying(Subscription(name="writer", events=(Noted,), handler=handler)), tenancy.enter(acme):
        aggregate = note("1")
        for text in "234":
            note(text, aggregate=aggregate)
        wait_for(died_without_waiting)
        events("discard", "--subscription", "writer", "--reason", "never to be")
        wait_for(lambda: handler.heard == ["1", "3", "4"])
