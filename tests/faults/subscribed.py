"""What relays in processes of their own deliver to: a table of effects, and a list in Redis of what a feed heard."""

import random
from collections.abc import Sequence

import msgspec
from django.db import connection

from apps.core.events import Envelope
from apps.core.events.subscription import Subscription
from apps.core.redis_client import client
from tests.events.relays import Noted

HEARD = "faults:heard"
FAILS_EVERY = 40  # so that some events take the way over the deliveries


class Effects:
    """Writes one row for each event; stumbles now and then after having written."""

    def handle(self, envelope: Envelope) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_effect (event_id, aggregate_id, version) VALUES (%s, %s, %s)",
                [envelope.id, envelope.aggregate_id, envelope.version],
            )
        if random.randrange(FAILS_EVERY) == 0:
            raise ConnectionError("stumbled")

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        return None


async def hear(envelopes: Sequence[Envelope]) -> None:
    lines = [msgspec.json.encode([e.tenant.slug, e.aggregate_id, e.version, e.id]) for e in envelopes]
    client().rpush(HEARD, *lines)


SUBSCRIPTIONS = [
    Subscription(name="effects", events=(Noted,), handler=Effects()),
    Subscription(name="ear", events=(Noted,), feed=hear),
]
