"""What hears events: named, so that the relay and an operator can speak of it."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from .event import DomainEvent, Envelope

Feed = Callable[[Sequence[Envelope]], Awaitable[None]]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of events: called with batches, each aggregate's events in their order, at least once.

    What a feed does must bear repeating: after a crash the last batch comes again.
    """

    name: str
    events: tuple[type[DomainEvent], ...]
    feed: Feed

    @property
    def types(self) -> frozenset[str]:
        return frozenset(event.__name__ for event in self.events)
