"""How far the one who acts may reach within a tenant: to all of its locations, or to some.

An edge enters the actor's reach beside the tenant (`apps.core.tenancy`); with nothing entered there is no narrowing, as
for tasks, handlers and commands. Tables whose rows belong to a location have `WithinReach` for their manager, so that a
query need not think of it; SQL of our own asks `includes`. What lies outside is told like what does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from .errors import Forbidden

Row = TypeVar("Row", bound=models.Model, covariant=True)
Locations = frozenset[UUID] | None
"""The ids of locations; None for all that there are and will be."""

_reach: ContextVar[Locations] = ContextVar("reach", default=None)


class OutsideYourLocations(Forbidden):
    code, title = "outside_your_locations", "This concerns locations that you may not touch"


def locations() -> Locations:
    """The locations that are within reach now; None for all."""
    return _reach.get()


def includes(location_id: UUID | None) -> bool:
    """Whether a location is within reach; what belongs to none in particular is so only where all are."""
    reach = _reach.get()
    return reach is None or location_id in reach


def require(location_id: UUID | None) -> None:
    """Raises OutsideYourLocations where a write would concern more than what is within reach."""
    if not includes(location_id):
        raise OutsideYourLocations("Ask somebody who looks after all locations.")


@contextmanager
def narrowed_to(wanted: Locations) -> Iterator[None]:
    """Reach no further than these locations, nor further than before."""
    before = _reach.get()
    if wanted is None and before is None:
        yield
        return
    _reach.set(wanted if before is None else before if wanted is None else wanted & before)
    try:
        yield
    finally:
        _reach.set(before)  # not reset(token): see tenancy


class WithinReach(models.Manager[Row]):
    """Finds the rows of the locations within reach.

    `path` leads from the row to its location's id; with `or_none` rows of no location in particular are found as well.
    """

    def __init__(self, path: str = "location_id", *, or_none: bool = False) -> None:
        super().__init__()
        self._path, self._or_none = path, or_none

    def get_queryset(self) -> models.QuerySet[Row]:
        rows = super().get_queryset()
        reach = _reach.get()
        if reach is None:
            return rows
        found = Q(**{f"{self._path}__in": reach})
        return rows.filter(found | Q(**{f"{self._path}__isnull": True}) if self._or_none else found)
