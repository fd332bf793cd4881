"""What hears events: named, so that the relay and whoever runs it at night can speak of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from .event import DomainEvent, Envelope

Feed = Callable[[Sequence[Envelope]], Awaitable[None]]


class Handler(Protocol):
    """A reaction whose effect is kept: it happens once, in one transaction with the note that it has happened.

    Called inside the event's tenant and inside a transaction.
    """

    def handle(self, envelope: Envelope) -> None:
        """Do it. Whatever it raises undoes it, and it is tried again later."""

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        """Told of each failed try, outside of the transaction: for a log line or an alert."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Either a `feed` or a `handler`, and the events that it hears.

    A feed gets batches, each aggregate's events in order, at least once: what it does must bear repeating. A handler
    gets event by event; a failing one holds back its own aggregate alone. A `replayable` feed may be given what is
    stored once more; a handler never, for its inbox has it.
    """

    name: str
    events: tuple[type[DomainEvent], ...]
    feed: Feed | None = None
    handler: Handler | None = None
    replayable: bool = False

    def __post_init__(self) -> None:
        if (self.feed is None) == (self.handler is None):
            raise ValueError(f"{self.name} must have either a feed or a handler")
        if self.replayable and self.feed is None:
            raise ValueError(f"{self.name} is a handler, which a replay would not reach: its inbox has the events")

    @property
    def types(self) -> frozenset[str]:
        return frozenset(event.__name__ for event in self.events)


def subscriptions() -> Sequence[Subscription]:
    """All that there are: the page that `settings.EVENT_SUBSCRIPTIONS` names."""
    found: Sequence[Subscription] = import_string(settings.EVENT_SUBSCRIPTIONS)
    return found
