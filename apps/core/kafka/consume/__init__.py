"""Messages from Kafka: each takes effect once, in the tenant that it names, or ends as a dead letter."""

from .consumed import Consumed, Received

__all__ = ["Consumed", "Received"]
