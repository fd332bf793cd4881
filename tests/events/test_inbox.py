"""The inbox forgets what nothing can bring again, and keeps what something still can."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from apps.core import clock, tenancy
from apps.core.events import inbox
from apps.core.events.subscription import Subscription
from apps.core.ids import new_id
from apps.core.models import EventInbox
from apps.core.shared.models import Delivery, EventOutbox
from apps.core.tasks import forget_handled_messages
from config.celery import app
from tests.events.relays import Noted, note, outbox_is_empty, relaying, wait_for

KEPT = timedelta(days=settings.INBOX_KEPT_DAYS)
HOUR = timedelta(hours=1)


def handled(consumer, ago, event_id=None):
    EventInbox.objects.create(consumer=consumer, event_id=event_id or new_id(), handled_at=clock.now() - ago)


def remembered():
    return sorted(EventInbox.objects.values_list("consumer", flat=True))


def wait_in_a_lane(subscription):
    """The oldest event of the outbox, moved to what one subscription has still to take."""
    with tenancy.public():
        row = EventOutbox.objects.order_by("position").values().first()
        Delivery.objects.create(**row, subscription=subscription)
        EventOutbox.objects.all().delete()
    return row["event_id"]


def test_in_every_tenant_the_old_is_forgotten_and_the_young_stays(acme, globex):
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            handled("old", KEPT + HOUR)
            handled("young", KEPT - HOUR)
    app.tasks[forget_handled_messages.name].delay()
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            assert remembered() == ["young"]


def test_what_is_still_to_be_delivered_is_not_forgotten_however_old(acme):
    with tenancy.enter(acme):
        note()
        handled("elsewhere", 2 * KEPT, waiting := wait_in_a_lane("writer"))
        handled("writer", 2 * KEPT, waiting)
        note()
        with tenancy.public():
            in_outbox = EventOutbox.objects.get().event_id
        handled("in the outbox", 2 * KEPT, in_outbox)
        assert inbox.forget_handled(at=clock.now()) == 1
        assert remembered() == ["in the outbox", "writer"]


def test_more_than_a_page_is_forgotten_at_once(acme):
    count = inbox.PAGE + 1
    with tenancy.enter(acme):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_eventinbox (consumer, event_id, handled_at)"
                " SELECT 'old', gen_random_uuid(), %s FROM generate_series(1, %s)",
                [clock.now() - 2 * KEPT, count],
            )
        handled("young", HOUR)
        assert inbox.forget_handled(at=clock.now()) == count
        assert remembered() == ["young"]


class Counts:
    def __init__(self):
        self.heard = []

    def handle(self, envelope):
        self.heard.append(envelope.data["text"])

    def on_error(self, envelope, error):
        raise error


@pytest.mark.usefixtures("own_database")
def test_a_relay_that_was_away_for_months_repeats_nothing(acme):
    """It died after the effect and before it noted the delivery; meanwhile the inbox was swept."""
    handler = Counts()
    with tenancy.enter(acme):
        note("1")
        with tenancy.public():
            event_id = EventOutbox.objects.get().event_id
        handled("counts", 3 * KEPT, event_id)
        inbox.forget_handled(at=clock.now())
        note("2")
        with relaying(Subscription(name="counts", events=(Noted,), handler=handler)):
            wait_for(outbox_is_empty)
    assert handler.heard == ["2"]
