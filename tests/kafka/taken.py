"""A foreign event that only the tests know: its effect is a row, and it may be told to stumble."""

import random
import threading
from collections import Counter
from uuid import UUID

import msgspec
from django.db import connection

from apps.core.errors import Conflict, Unavailable
from apps.core.kafka.consume import Consumed, Received
from tests import databases

EFFECTS = """
CREATE TABLE {0}.core_effect (id bigserial PRIMARY KEY, message text, subject text, number int);
GRANT ALL ON {0}.core_effect, {0}.core_effect_id_seq TO parking_app
"""
TOPIC = "{prefix}.readings.v1"
STUMBLES_EVERY = 40


class Busy(Conflict):
    code, title = "busy", "It may go well the next time"


class Refused(Conflict):
    code, title = "not_wanted", "It will never go well"


class Reading(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`trouble` befalls the first `times` tries."""

    number: int
    trouble: str = ""
    times: int = 0
    tenant_id: UUID | None = None


TROUBLES = {
    "away": Unavailable,
    "busy": Busy,
    "refused": Refused,
    "broken": RuntimeError,
}
tried: Counter[str] = Counter()
go_on = threading.Event()
go_on.set()


def note(message: Received) -> None:
    """Write the row, then stumble: what was written must be gone again."""
    _write(message)
    reading: Reading = message.body
    tried[message.id] += 1
    if tried[message.id] <= reading.times:
        raise TROUBLES[reading.trouble]("stumbled")
    go_on.wait(30)


def note_or_stumble(message: Received) -> None:
    """The same, with a stumble now and then."""
    _write(message)
    if random.randrange(STUMBLES_EVERY) == 0:
        raise RuntimeError("stumbled")


def _write(message: Received) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_effect (message, subject, number) VALUES (%s, %s, %s)",
            [message.id, message.subject, message.body.number],
        )


def make_tables(*schemas: str) -> None:
    """The table of effects in these tenants."""
    for schema in schemas:
        databases.as_owner(EFFECTS.format(schema))


def effects() -> list[tuple[str, int]]:
    """Subject and number of each effect in the tenant entered, in the order in which they happened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject, number FROM core_effect ORDER BY id")
        return cursor.fetchall()


READINGS = [Consumed(topic=TOPIC, type="Reading", body=Reading, handle=note, retried=(Busy,))]
CONSUMED = [Consumed(topic=TOPIC, type="Reading", body=Reading, handle=note_or_stumble)]
