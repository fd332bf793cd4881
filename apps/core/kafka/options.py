"""How our clients of Kafka are made: one place for producer, consumer and whoever makes topics."""

from typing import Any

from django.conf import settings

REQUEST_SECONDS = 10.0


def is_configured() -> bool:
    """Whether there is a Kafka at all; without, everything else works the same."""
    return bool(settings.KAFKA_CLIENT)


def client_options(purpose: str) -> dict[str, Any]:
    """What any client of kafka-python is given: addresses, TLS, sign-in, a name for the broker's logs and quotas.

    After an outage clients come back within a second or so, whatever it took.
    """
    return {
        **settings.KAFKA_CLIENT,
        "client_id": f"{settings.KAFKA_TOPIC_PREFIX}-{purpose}",
        "reconnect_backoff_max_ms": 1000,
        "bootstrap_timeout_ms": int(REQUEST_SECONDS * 1000),
        "request_timeout_ms": int(REQUEST_SECONDS * 1000),
    }
