"""Handlers: a transaction for those of a tenant that came together, each effect once; one that hangs stops nobody."""

import threading

import pytest
from django.db import connection

from apps.core import tenancy
from apps.core.events.courier import RUN
from apps.core.events.subscription import Subscription
from apps.core.models import EventInbox
from apps.core.shared.models import Delivery
from tests import databases
from tests.events.relays import Heard, Noted, note, outbox_is_empty, relaying, wait_for

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def effects(acme, globex):
    """What the handlers below have written for a tenant, in the order of writing: text and transaction."""
    for tenant in (acme, globex):
        databases.as_owner(
            f"CREATE TABLE {tenant.schema}.core_effect"
            " (id bigserial, text text, tx xid8 DEFAULT pg_current_xact_id(), waits text);"
            f"GRANT ALL ON {tenant.schema}.core_effect, {tenant.schema}.core_effect_id_seq TO parking_app"
        )

    def read(tenant):
        with tenancy.enter(tenant), connection.cursor() as cursor:
            cursor.execute("SELECT text, tx::text, waits FROM core_effect ORDER BY id")
            return cursor.fetchall()

    return read


class Writes:
    """Keeps each text, and whether its commit will wait for the disk; fails on what is poison, having written it."""

    def __init__(self, *poison):
        self.poison = set(poison)
        self.errors = []

    def handle(self, envelope):
        text = envelope.data["text"]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_effect (text, waits) VALUES (%s, current_setting('synchronous_commit'))", [text]
            )
        if text in self.poison:
            raise ValueError(text)

    def on_error(self, envelope, error):
        self.errors.append(str(error))

    def subscription(self, name="writer"):
        return Subscription(name=name, events=(Noted,), handler=self)


class Hangs(Writes):
    """Does not come back from an event until it is let go."""

    def __init__(self):
        super().__init__()
        self.begun, self.let_go = threading.Event(), threading.Event()

    def handle(self, envelope):
        self.begun.set()
        self.let_go.wait(60)
        super().handle(envelope)


def texts(rows):
    return [text for text, *_ in rows]


def test_the_events_of_a_tenant_that_wait_together_share_a_transaction(acme, globex, effects):
    for number in range(RUN + 20):
        with tenancy.enter(acme if number % 2 else globex):
            note(str(number))
    with relaying(Writes().subscription()):
        wait_for(outbox_is_empty)
    for tenant, rest in ((globex, 0), (acme, 1)):
        rows = effects(tenant)
        assert texts(rows) == [str(number) for number in range(RUN + 20) if number % 2 == rest]
        assert len({tx for _, tx, _ in rows}) == 1
        assert {waits for *_, waits in rows} == {"off"}


def test_one_transaction_never_takes_more_than_a_run(acme, effects):
    with tenancy.enter(acme):
        for number in range(2 * RUN + 1):
            note(str(number))
    with relaying(Writes().subscription()):
        wait_for(lambda: len(effects(acme)) == 2 * RUN + 1)  # what is slow is emptied out of the outbox before
    by_transaction = {}
    for text, tx, _ in effects(acme):
        by_transaction.setdefault(tx, []).append(text)
    assert [len(run) for run in by_transaction.values()] == [RUN, RUN, 1]


def test_one_that_fails_takes_none_of_those_beside_it_along(acme, effects):
    """The poison and what follows in its aggregate stay; all else happens once, in order, with its note."""
    writer = Writes("poison")
    with tenancy.enter(acme):
        sick = note("sick 1")
        well = note("well 1")
        note("poison", aggregate=sick)
        note("well 2", aggregate=well)
        for number in range(RUN):  # so that what follows is in another run
            note(str(number))
        note("behind", aggregate=sick)
        note("well 3", aggregate=well)
    others = [str(number) for number in range(RUN)]
    with relaying(writer.subscription()), tenancy.enter(acme):
        wait_for(outbox_is_empty)
        wait_for(lambda: len(effects(acme)) >= RUN + 4)
        found = texts(effects(acme))
        assert sorted(found) == sorted(["sick 1", "well 1", "well 2", "well 3", *others])
        assert [text for text in found if text.startswith("well")] == ["well 1", "well 2", "well 3"]
        assert EventInbox.objects.count() == len(found)
        assert set(writer.errors) == {"poison"}
        writer.poison.clear()
        wait_for(lambda: len(effects(acme)) == RUN + 6)
    assert texts(effects(acme))[-2:] == ["poison", "behind"]


def test_a_handler_that_hangs_does_not_keep_the_relay_from_a_new_session(acme, effects):
    hanging, feed = Hangs(), Heard()
    try:
        with relaying(hanging.subscription(), feed.subscription()), tenancy.enter(acme):
            note("one")
            assert hanging.begun.wait(10)
            wait_for(outbox_is_empty)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'relay' AND datname = current_database()"
                )
            note("two")
            wait_for(lambda: "two" in feed.texts)
            assert effects(acme) == []
            hanging.let_go.set()
            wait_for(lambda: len(effects(acme)) == 2)
            wait_for(lambda: not Delivery.objects.filter(subscription="writer").exists(), seconds=25)
            assert sorted(texts(effects(acme))) == ["one", "two"]
    finally:
        hanging.let_go.set()


def test_a_handler_that_hangs_does_not_keep_the_relay_from_stopping(acme, effects):
    hanging = Hangs()
    try:
        with relaying(hanging.subscription()), tenancy.enter(acme):
            note("one")
            assert hanging.begun.wait(10)
    finally:  # it left the relay's thread behind, and lets go of what it held
        hanging.let_go.set()
    with relaying(Writes().subscription()):
        wait_for(lambda: texts(effects(acme)) == ["one"])
        wait_for(outbox_is_empty)
    assert texts(effects(acme)) == ["one"]
