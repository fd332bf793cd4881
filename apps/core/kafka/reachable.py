"""Whether a broker can be reached, asked cheaply: the question of `/ready`, and of a producer before it is made."""

import socket
from collections.abc import Sequence

from django.conf import settings

_SECONDS = 1.0


class BrokerAway(ConnectionError):
    """No broker takes connections. It comes back."""


def require_broker() -> None:
    """Raises BrokerAway when none of the bootstrap servers takes a connection within a second each."""
    servers: Sequence[str] = settings.KAFKA_CLIENT["bootstrap_servers"]
    if not any(_accepts(server) for server in servers):
        raise BrokerAway(f"none of {', '.join(servers)} takes connections")


def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS):
            return True
    except OSError:
        return False
