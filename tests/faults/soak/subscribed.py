"""What the platform under soak delivers to: all that it usually does, a table of effects, a file of what was heard."""

import os
import random
from collections.abc import Sequence

from django.db import connection

from apps.core.events import Envelope
from apps.core.events.subscription import Subscription
from apps.parking.events import OverstayDetected, VehicleEntered, VehicleExited
from config.subscriptions import SUBSCRIPTIONS as USUAL

EFFECTS = """
CREATE TABLE {0}.core_effect (id bigserial PRIMARY KEY, event_id uuid, aggregate_id uuid, version bigint);
GRANT ALL ON {0}.core_effect, {0}.core_effect_id_seq TO parking_app
"""
STUMBLES_EVERY = 200  # so that some events take the way over the deliveries


class Effects:
    """One row for each event; stumbles now and then after having written."""

    def handle(self, envelope: Envelope) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_effect (event_id, aggregate_id, version) VALUES (%s, %s, %s)",
                [envelope.id, envelope.aggregate_id, envelope.version],
            )
        if random.randrange(STUMBLES_EVERY) == 0:
            raise ConnectionError("stumbled")

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        return None


async def hear(envelopes: Sequence[Envelope]) -> None:
    """Append to one file; a single write of a batch is not torn apart by that of another relay."""
    lines = "".join(f"{each.aggregate_id} {each.id}\n" for each in envelopes)
    descriptor = os.open(os.environ["SOAK_HEARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, lines.encode())
    finally:
        os.close(descriptor)


_STAY_EVENTS = (VehicleEntered, VehicleExited, OverstayDetected)
SUBSCRIPTIONS = [
    *USUAL,
    Subscription(name="soak-effects", events=_STAY_EVENTS, handler=Effects()),
    Subscription(name="soak-ear", events=_STAY_EVENTS, feed=hear),
]
