"""Two who read the same version of an aggregate and append the next one: one of them is told to decide anew."""

import pytest
from django.db import transaction

from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.events.store import NewEvent, append, get_events
from apps.core.ids import new_id
from tests.events.relays import Noted
from tests.races.rivals import as_owner, at_once, gained, refusals

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 4


def race(tenant, aggregate):
    def append_second():
        new = NewEvent(event=Noted(text="2"), aggregate_id=aggregate, version=2, at=clock.now(), actor=SYSTEM)
        with transaction.atomic():
            return append([new])

    with tenancy.enter(tenant), transaction.atomic():
        append([NewEvent(event=Noted(text="1"), aggregate_id=aggregate, version=1, at=clock.now(), actor=SYSTEM)])
    outcomes = at_once(tenant, *[append_second] * RIVALS)
    with tenancy.enter(tenant):
        return outcomes, [event.version for event in get_events(aggregate)]


def test_one_wins_and_the_others_are_refused(acme):
    outcomes, versions = race(acme, new_id())
    assert len(gained(outcomes)) == 1
    assert refusals(outcomes) == ["version_taken"] * (RIVALS - 1)
    assert versions == [1, 2]


def test_control_without_the_constraint_all_of_them_append(acme):
    as_owner(f"ALTER TABLE {acme.schema}.core_event DROP CONSTRAINT event_aggregate_version")
    outcomes, versions = race(acme, new_id())
    assert len(gained(outcomes)) == RIVALS
    assert versions == [1] + [2] * RIVALS
