"""A projection: tables that are grown from events and from nothing else, so that they can be grown anew.

Its rows carry a generation, and one row of `core_liveprojection` says which generation is read and grown. A rebuild
grows another one beside it and changes that number (`projection_rebuild`). The whole way: docs/projections.md.
"""

from collections.abc import Callable, Sequence

import msgspec
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from apps.core.errors import NotFound

from .event import DomainEvent, Envelope
from .projection_handler import ProjectionHandler
from .subscription import Subscription

Apply = Callable[[Sequence[Envelope], int], None]
"""Adds these events, each aggregate's in order, to the rows of a generation, in the caller's transaction.

It must come to the same rows however the events are cut into batches and however aggregates take turns, must look at
nothing but the events and its own generation, and must not read the clock.
"""


class UnknownProjection(NotFound):
    code, title = "unknown_projection", "There is no such projection"


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of the tenant's with a `generation` column, and how events grow them."""

    name: str
    events: tuple[type[DomainEvent], ...]
    tables: tuple[type[models.Model], ...]
    apply: Apply

    @property
    def types(self) -> list[str]:
        return [event.__name__ for event in self.events]


def subscription(projection: Projection) -> Subscription:
    """How a projection hears of what happens: as a handler of its name, exactly once."""
    handler = ProjectionHandler(name=projection.name, apply=projection.apply)
    return Subscription(name=projection.name, events=projection.events, handler=handler)


def projections() -> Sequence[Projection]:
    """All that there are: the page that `settings.EVENT_PROJECTIONS` names."""
    found: Sequence[Projection] = import_string(settings.EVENT_PROJECTIONS)
    return found


def get_projection(name: str) -> Projection:
    """A projection by its name. Raises UnknownProjection, which names those that there are."""
    found = next((projection for projection in projections() if projection.name == name), None)
    if found is None:
        names = ", ".join(projection.name for projection in projections())
        raise UnknownProjection(f"There is no projection {name[:60]}; there are {names}.")
    return found
