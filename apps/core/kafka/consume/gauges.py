"""How far the consumers are, as Prometheus gauges; `deploy/prometheus/consumer-alerts.yaml` watches them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Min, Sum
from django.db.models.functions import Greatest
from prometheus_client import Gauge

from apps.core import tenancy
from apps.core.shared.models import ConsumedOffset

from .consumed import consumed

_LABELS = ["group", "topic"]
LAG = Gauge(
    "parking_consumer_lag_messages",
    "Messages of a topic that are still to be handled, as of the last look at where its partitions end",
    _LABELS,
    multiprocess_mode="mostrecent",
)
UNSEEN = Gauge(
    "parking_consumer_unseen_seconds",
    "Since when no consumer has looked at the partition that was looked at longest ago",
    _LABELS,
    multiprocess_mode="mostrecent",
)
MESSAGES = Gauge(
    "parking_consumer_messages",
    "Messages of a topic that were dealt with, ever: handled, repeated (had been handled before) or dead_lettered",
    [*_LABELS, "outcome"],
    multiprocess_mode="mostrecent",
)
_OUTCOMES = ("handled", "repeated", "dead_lettered")


def measure_consumers(*, at: datetime) -> None:
    """Set the gauges to what is so at `at` (UTC)."""
    topics = {each.address(prefix=settings.KAFKA_TOPIC_PREFIX) for each in consumed()}
    lag = Sum(Greatest(F("end_offset") - F("next_offset"), 0))
    sums = {outcome: Sum(outcome) for outcome in _OUTCOMES}
    with tenancy.public():
        places = ConsumedOffset.objects.filter(topic__in=topics).values("consumer_group", "topic")
        rows: Any = list(places.annotate(lag=lag, seen=Min("seen_at"), **sums))
    for row in rows:
        labels = row["consumer_group"], row["topic"]
        LAG.labels(*labels).set(row["lag"])
        UNSEEN.labels(*labels).set(max((at - row["seen"]).total_seconds(), 0.0))
        for outcome in _OUTCOMES:
            MESSAGES.labels(*labels, outcome).set(row[outcome])
