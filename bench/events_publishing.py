"""Threads that publish at a steady rate, and note when each commit returned."""

import threading
import time

from bench.yard import Yard

THREADS, A_SECOND = 10, 500


def publish_steadily(yard: Yard, *, seconds: float) -> dict[str, float]:
    """A_SECOND events a second in all tenants; when the commit of each returned, by its id."""
    published: dict[str, float] = {}
    schemas = [lot.schema for lot in yard.lots]
    threads = [
        threading.Thread(target=_ring, args=(schemas[number::THREADS], seconds, published)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return published


def _ring(schemas: list[str], seconds: float, published: dict[str, float]) -> None:
    from django.db import connection, transaction

    from apps.core import changes, clock, tenancy
    from apps.core.actor import SYSTEM
    from apps.core.events import publish
    from apps.core.ids import new_id
    from bench.events_heard import Rung

    tenants = [tenancy.directory().by_schema(schema) for schema in schemas]
    due, until = time.time(), time.time() + seconds
    while (now := time.time()) < until:
        for tenant in tenants:
            assert tenant is not None
            with tenancy.enter(tenant):
                with transaction.atomic():
                    event = publish(Rung(), aggregate_id=new_id(), at=clock.now(), actor=SYSTEM)
                    changes.announce()
                published[str(event)] = time.time()
            due += THREADS / A_SECOND
            time.sleep(max(due - time.time(), 0.0))
        due = max(due, now)  # what could not be kept up with is not made up for
    connection.close()
