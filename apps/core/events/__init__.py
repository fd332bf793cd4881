"""Facts: how one is described, published, delivered, heard and told again."""

from .event import DomainEvent, Envelope
from .publish import publish
from .replay import replay

__all__ = ["DomainEvent", "Envelope", "publish", "replay"]
