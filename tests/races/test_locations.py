"""Two who change a location at once: the second is told, and no change is lost in silence."""

import threading
from uuid import UUID

import pytest
from django.db import transaction

from apps.core import clock
from apps.core.actor import SYSTEM
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from apps.parking.commands import LocationDetails, change_location, create_location
from apps.parking.models import Location, Occupancy
from tests.factories.sites import open_location
from tests.races.rivals import at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 6


def test_control_a_version_that_is_compared_without_the_lock_lets_both_through(in_acme: TenantRef) -> None:
    yard, both_have_read = open_location(), threading.Barrier(2)

    def change_unlocked(capacity: int) -> bool:
        with transaction.atomic():
            row = Occupancy.objects.get(location_id=yard)
            fresh = row.config_version == 1
            both_have_read.wait(10)
            Occupancy.objects.filter(location_id=yard).update(capacity=capacity, config_version=row.config_version + 1)
        return fresh

    assert at_once(in_acme, lambda: change_unlocked(3), lambda: change_unlocked(4)) == [True, True]
    assert Occupancy.objects.get(location_id=yard).config_version == 2


def change(yard: UUID, capacity: int, if_version: int | None) -> Location:
    details = LocationDetails(capacity=capacity)
    return change_location(location_id=yard, details=details, at=clock.now(), actor=SYSTEM, if_version=if_version)


def test_of_many_changes_of_one_version_one_wins(in_acme: TenantRef) -> None:
    yard = open_location()
    outcomes = at_once(in_acme, *(lambda n=n: change(yard, n, 1) for n in range(RIVALS)))
    (winner,) = gained(outcomes)
    assert refusals(outcomes) == ["stale"] * (RIVALS - 1)
    row = Occupancy.objects.get(location_id=yard)
    assert (row.capacity, row.config_version) == (winner.occupancy.capacity, 2)


def test_changes_that_name_no_version_all_happen_one_after_the_other(in_acme: TenantRef) -> None:
    yard = open_location()
    outcomes = at_once(in_acme, *(lambda n=n: change(yard, n, None) for n in range(RIVALS)))
    assert refusals(outcomes) == []
    told = Event.objects.filter(aggregate_id=yard).order_by("aggregate_version")
    assert [event.aggregate_version for event in told] == list(range(1, RIVALS + 2))
    versions = [event.data["occupancy"]["version"] for event in told]
    assert versions == sorted(set(versions))
    assert told[RIVALS].data["occupancy"]["total"] == Occupancy.objects.get(location_id=yard).capacity


def test_of_many_locations_of_one_name_one_is_made(in_acme: TenantRef) -> None:
    details = LocationDetails(name="North yard", capacity=1)
    outcomes = at_once(in_acme, *[lambda: create_location(details=details, at=clock.now(), actor=SYSTEM)] * RIVALS)
    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) == ["name_taken"] * (RIVALS - 1)
    assert (Location.objects.count(), Occupancy.objects.count()) == (1, 1)
