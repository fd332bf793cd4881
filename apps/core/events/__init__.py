"""Facts: how one is described, published, delivered and heard."""

from .event import DomainEvent, Envelope
from .publish import publish

__all__ = ["DomainEvent", "Envelope", "publish"]
