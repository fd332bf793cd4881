"""The relay: everything once, in order, whatever one of the subscriptions does."""

import pytest
from django.db import connection

from apps.core import tenancy
from apps.core.events.sealing import verify_events
from apps.core.events.subscription import Subscription
from apps.core.shared.models import Delivery
from tests.events.relays import Heard, Noted, note, outbox_is_empty, relaying, wait_for

pytestmark = pytest.mark.usefixtures("own_database")


def test_events_arrive_in_order_and_are_sealed(acme, globex):
    heard = Heard()
    with tenancy.enter(acme):
        aggregate = note("1")
        note("2", aggregate=aggregate)
    with tenancy.enter(globex):
        note("other")
    with relaying(heard.subscription()):
        with tenancy.enter(acme):
            note("3", aggregate=aggregate)
        wait_for(lambda: len(heard.envelopes) == 4)
        wait_for(outbox_is_empty)
    own = [envelope for envelope in heard.envelopes if envelope.aggregate_id == aggregate]
    assert [envelope.data["text"] for envelope in own] == ["1", "2", "3"]
    assert [envelope.version for envelope in own] == [1, 2, 3]
    with tenancy.enter(acme):
        assert (verify_events().events, verify_events().flaw) == (3, None)
    with tenancy.enter(globex):
        assert (verify_events().events, verify_events().flaw) == (1, None)


def test_a_failing_feed_gets_everything_later_and_holds_up_nobody(acme):
    good, bad = Heard(), Heard(fails=3)
    with relaying(good.subscription("good"), bad.subscription("bad")), tenancy.enter(acme):
        aggregate = note("0")
        for number in range(1, 20):
            note(str(number), aggregate=aggregate)
        wait_for(lambda: len(good.texts) == 20)
        wait_for(lambda: len(bad.texts) >= 20)
    assert good.texts == [str(number) for number in range(20)]
    assert bad.texts == [str(number) for number in range(20)]


def test_a_slow_feed_holds_up_nobody(acme):
    quick, slow = Heard(), Heard(slow_seconds=3)
    with relaying(quick.subscription("quick"), slow.subscription("slow")), tenancy.enter(acme):
        for number in range(10):
            note(str(number))
        wait_for(lambda: len(quick.texts) == 10, seconds=2.5)
        assert slow.texts == []
        wait_for(lambda: set(slow.texts) == {str(number) for number in range(10)})


class Writer:
    """A handler that keeps what it heard in a table, and fails where it is told to."""

    def __init__(self) -> None:
        self.poison: set[str] = set()
        self.errors: list[str] = []

    def handle(self, envelope):
        text = envelope.data["text"]
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO core_effect (text) VALUES (%s)", [text])
        if text in self.poison:
            raise ValueError(text)

    def on_error(self, envelope, error):
        self.errors.append(str(error))


@pytest.fixture
def effects(acme):
    from tests import databases

    def texts():
        with tenancy.enter(acme), connection.cursor() as cursor:
            cursor.execute("SELECT text FROM core_effect ORDER BY id")
            return [row[0] for row in cursor.fetchall()]

    databases.as_owner(
        f"CREATE TABLE {acme.schema}.core_effect (id bigserial, text text);"
        f"GRANT ALL ON {acme.schema}.core_effect, {acme.schema}.core_effect_id_seq TO parking_app"
    )
    return texts


def test_a_poisoned_event_holds_back_its_own_aggregate_alone(acme, effects):
    writer = Writer()
    writer.poison = {"a2"}
    with relaying(Subscription(name="writer", events=(Noted,), handler=writer)), tenancy.enter(acme):
        first = note("a1")
        note("a2", aggregate=first)
        note("a3", aggregate=first)
        note("b1")
        wait_for(lambda: set(effects()) == {"a1", "b1"})
        wait_for(lambda: "a2" in writer.errors)
        writer.poison = set()
        wait_for(lambda: len(effects()) == 4)
    assert effects().index("a1") < effects().index("a2") < effects().index("a3")


def test_an_effect_happens_once_however_often_it_is_delivered(acme, effects):
    writer = Writer()
    subscription = Subscription(name="writer", events=(Noted,), handler=writer)
    with tenancy.enter(acme):
        note("once")
    with relaying(subscription):
        wait_for(lambda: effects() == ["once"])
        wait_for(outbox_is_empty)
    with tenancy.public():
        assert not Delivery.objects.exists()
    # the crash between the effect and the acknowledgement: the outbox row is there again
    from tests import databases

    databases.as_owner(
        "INSERT INTO core_shared_delivery (subscription, position, shard, tenant_schema, event_position, event_id,"
        " aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata, attempts,"
        f" error) SELECT 'writer', 1, hashtext('{acme.schema}') & 7, '{acme.schema}', position, id, aggregate_type,"
        " aggregate_id, aggregate_version, type, schema_version, occurred_at, data, metadata, 0, ''"
        f" FROM {acme.schema}.core_event"
    )
    with relaying(subscription):
        wait_for(lambda: _deliveries() == 0)
    assert effects() == ["once"]


def _deliveries() -> int:
    with tenancy.public():
        return Delivery.objects.count()


def test_two_relays_share_the_work_and_lose_nothing(acme, globex):
    heard = Heard()
    with relaying(heard.subscription()), relaying(heard.subscription()):
        for number in range(50):
            with tenancy.enter(acme if number % 2 else globex):
                note(str(number))
        wait_for(lambda: len(heard.envelopes) >= 50)
        wait_for(outbox_is_empty)
    assert sorted(heard.texts, key=int) == [str(number) for number in range(50)]
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            assert verify_events().flaw is None
