"""Locations for tests, made by the command that an operator uses."""

from typing import Any
from uuid import UUID

from apps.core import clock
from apps.core.actor import SYSTEM
from apps.parking.commands import LocationDetails, create_location


def open_location(*, name: str = "North yard", capacity: int = 10, **details: Any) -> UUID:
    """A location of the tenant entered; its id."""
    made = LocationDetails(name=name, capacity=capacity, **details)
    return create_location(details=made, at=clock.now(), actor=SYSTEM).id
