"""What a plan allows is held where the thing is made; what is there already stays."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.auth import directory
from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.tenants.limits import LimitReached, require_room_for_member
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]


def allow(tenant: TenantRef, **limits: int | None) -> None:
    change_tenant(tenant_id=tenant.id, changes=TenantChanges(limits=dict(limits)), at=clock.now())


def test_locations(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    owner = api("owner")
    allow(acme, maxLocations=1)
    assert owner.post("parking/locations", {"name": "One", "capacity": 1}).status == 201
    with nothing_written():
        refused = owner.post("parking/locations", {"name": "Two", "capacity": 1})
        problem = assert_problem(refused, 409, "limit_reached")
        assert (problem["limit"], problem["allowed"]) == ("maxLocations", 1)
    assert api("owner", "globex").post("parking/locations", {"name": "Two", "capacity": 1}).status == 201
    allow(acme, maxLocations=None)
    assert owner.post("parking/locations", {"name": "Two", "capacity": 1}).status == 201


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    with tenancy.enter(acme):
        return open_location()


def test_entries_of_a_month_by_the_tenants_clock(api: SignIn, acme: TenantRef, yard: UUID) -> None:
    allow(acme, maxEntriesPerMonth=1)
    late = datetime(2026, 6, 30, 23, 59, tzinfo=ZoneInfo("Asia/Kolkata"))

    def enter(plate: str, **more: str) -> "object":
        operator = api("operator")
        body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(yard)}
        return operator.post("parking/entries", body | more)

    with time_machine.travel(late, tick=False):
        directory.forget()
        assert enter("MH 1", eventId="gate:1").status == 201  # type: ignore[attr-defined]
        with nothing_written():
            problem = assert_problem(enter("MH 2"), 409, "limit_reached")  # type: ignore[arg-type]
            assert (problem["limit"], problem["allowed"]) == ("maxEntriesPerMonth", 1)
            assert enter("MH 1", eventId="gate:1").status in (200, 201)  # type: ignore[attr-defined]  # told again
    with time_machine.travel(late.replace(month=7, day=1, hour=0, minute=1), tick=False):
        directory.forget()
        assert enter("MH 2").status == 201  # type: ignore[attr-defined]


def test_members(acme: TenantRef) -> None:
    allow(acme, maxUsers=6)  # each role has one
    with tenancy.public(), pytest.raises(LimitReached, match="maxUsers is 6"):
        require_room_for_member(acme.id)
    allow(acme, maxUsers=7)
    with tenancy.public():
        require_room_for_member(acme.id)
