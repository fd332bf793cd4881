"""Whether the process is alive, whether it can work, and its metrics."""

from collections.abc import Callable

import redis
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django_prometheus import exports
from prometheus_client import Gauge

from apps.core import clock, tenancy
from apps.core.api.replies import reply
from apps.core.events.gauges import measure_lag
from apps.core.kafka.consume.gauges import measure_consumers
from apps.core.kafka.options import is_configured as kafka_is_configured
from apps.core.kafka.reachable import BrokerAway, require_broker
from apps.core.redis_client import client
from apps.core.shared.models import EventOutbox

# "mostrecent": where several worker processes share one scrape, the one that looked last is right
UNDELIVERED = Gauge(
    "parking_outbox_events", "Events that the relay has still to deliver", multiprocess_mode="mostrecent"
)
OLDEST = Gauge("parking_outbox_oldest_seconds", "Age of the oldest undelivered event", multiprocess_mode="mostrecent")


def health(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nothing else, so that a dead database does not restart it."""
    return reply({"status": "alive"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served: database and Redis reachable, migrations applied. Else 503 and which is not.

    Kafka is told of where it is configured, but no reason for 503: requests are served without it, and what it misses
    waits in the database.
    """
    checks = {"database": _check(_database), "redis": _check(_redis), "migrations": _check(_migrations)}
    good = all(found == "ok" for found in checks.values())
    if kafka_is_configured():
        checks["kafka"] = _check(_kafka)
    response = reply({"status": "ready" if good else "not ready", "checks": checks}, status=200 if good else 503)
    if not good:
        response["Retry-After"] = "5"
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of this process, what the outbox holds for all, how far each subscription and consumer is."""
    _check(_outbox)
    _check(_subscriptions)
    _check(_consumers)
    return exports.ExportToDjangoView(request)  # type: ignore[no-any-return]


def _check(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except (DatabaseError, redis.RedisError, BrokerAway) as error:
        return f"unreachable: {type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _redis() -> str:
    client().ping()
    return "ok"


def _kafka() -> str:
    require_broker()
    return "ok"


def _outbox() -> str:
    with tenancy.public():
        found = EventOutbox.objects.aggregate(waiting=Count("position"), oldest=Min("stored_at"))
    UNDELIVERED.set(found["waiting"])
    OLDEST.set((clock.now() - found["oldest"]).total_seconds() if found["oldest"] else 0)
    return "ok"


def _subscriptions() -> str:
    measure_lag(at=clock.now())
    return "ok"


def _consumers() -> str:
    measure_consumers(at=clock.now())
    return "ok"


def _migrations() -> str:
    from apps.core.db.migrating import shared_is_current

    with tenancy.public():
        return "ok" if shared_is_current() else "not applied: run manage.py migrate"
