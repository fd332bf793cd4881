"""How far the subscriptions are behind, as Prometheus gauges; `deploy/prometheus/alerts.yaml` watches them."""

from datetime import datetime

from prometheus_client import Gauge

from .lag import list_lag

# "mostrecent": where several worker processes share one scrape, the one that looked last is right
WAITING = Gauge(
    "parking_subscription_waiting_events",
    "Events that a subscription has still to take, those in the outbox included",
    ["subscription"],
    multiprocess_mode="mostrecent",
)
OLDEST = Gauge(
    "parking_subscription_oldest_seconds",
    "Since when the oldest of a subscription's waiting events has waited",
    ["subscription"],
    multiprocess_mode="mostrecent",
)
DEAD = Gauge(
    "parking_subscription_dead_letters",
    "Events that a subscription failed on to the last try, each holding back its aggregate",
    ["subscription"],
    multiprocess_mode="mostrecent",
)
_seen: set[str] = set()


def measure_lag(*, at: datetime) -> None:
    """Set the gauges to what is so at `at` (UTC)."""
    lags = {lag.subscription: lag for lag in list_lag(at=at)}
    _seen.update(lags)
    for name in _seen:  # one that is no more, and has nothing left, falls to zero
        lag = lags.get(name)
        WAITING.labels(name).set(lag.waiting if lag else 0)
        OLDEST.labels(name).set(lag.oldest_seconds if lag else 0)
        DEAD.labels(name).set(lag.dead if lag else 0)
