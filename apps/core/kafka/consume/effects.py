"""One message's effect: in one transaction with its inbox row and the offset behind it: so it happens once."""

from datetime import datetime

from django.db import connection, transaction

from apps.core import tenancy
from apps.core.correlation import correlated

from . import offsets
from .offsets import Place
from .reading import Incoming

_CLAIM = """
INSERT INTO core_eventinbox (consumer, event_id, handled_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""


def take_effect(incoming: Incoming, place: Place, *, expected: int, following: int, at: datetime) -> bool:
    """Handle a message in its tenant and move the offset; False where it had been handled before.

    Raises OffsetMoved where the next offset is not the `expected` one, and whatever the handler raises; nothing is
    written then.
    """
    with correlated(incoming.correlation_id), tenancy.enter(incoming.tenant), transaction.atomic():
        first_time = _claim(incoming, place, at)
        offsets.move(place, expected=expected, following=following, at=at, repeated=not first_time)
        if first_time:
            incoming.consumed.handle(incoming.received)
    return first_time


def _claim(incoming: Incoming, place: Place, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [place.topic, incoming.inbox_id, at])
        return bool(cursor.rowcount)
