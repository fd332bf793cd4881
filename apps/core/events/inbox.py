"""Forgetting what was handled long ago: the inbox outlives whatever could bring a message again, and nothing more."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

PAGE = 10_000

# What has still to be noted as delivered can come again, however old it is: a relay may have died between the two and
# been away for long. Old rows lie at the table's beginning, so that a page finds them without an index.
_FORGET = f"""
DELETE FROM core_eventinbox WHERE ctid = ANY(ARRAY(
    SELECT inbox.ctid FROM core_eventinbox inbox WHERE handled_at < %s
        AND NOT EXISTS (SELECT FROM public.core_shared_eventoutbox o WHERE o.event_id = inbox.event_id)
        AND NOT EXISTS (SELECT FROM public.core_shared_delivery d
            WHERE d.subscription = inbox.consumer AND d.event_id = inbox.event_id)
    LIMIT {PAGE}))
"""


def forget_handled(*, at: datetime) -> int:
    """Delete the current tenant's inbox rows of INBOX_KEPT_DAYS before `at` (UTC) and older; gives how many.

    What a relay has still to deliver stays. Each page is a transaction of its own.
    """
    before = at - timedelta(days=settings.INBOX_KEPT_DAYS)
    forgotten = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [before])
            page = int(cursor.rowcount)
        forgotten += page
        if page < PAGE:
            return forgotten
