"""Suspended, a tenant is read and not written; closed, nobody is in it any more, and nothing falls due."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from apps.auth.commands.tenant_changes import TenantChanges, TenantClosed, change_tenant
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.shared.models import Deadline
from apps.core.tenancy import TenantRef, TenantStatus
from apps.parking.commands.overstays import mark_overstays
from tests.admin.conftest import Browser
from tests.admin.conftest import browser as browser
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.refusals import assert_problem, nothing_written

from .platform import nothing_changed

SignIn = Callable[..., Api]


def now_is(tenant: TenantRef, status: TenantStatus) -> None:
    change_tenant(tenant_id=tenant.id, changes=TenantChanges(status=status, reason="unpaid"), at=clock.now())


@pytest.fixture
def yard(acme: TenantRef) -> UUID:
    with tenancy.enter(acme):
        return open_location()


def test_a_suspended_tenant_is_read_and_not_written(
    api: SignIn, acme: TenantRef, yard: UUID, globex: TenantRef
) -> None:
    operator, owner = api("operator"), api("owner")
    now_is(acme, TenantStatus.SUSPENDED)
    entry = {"vehicleNumber": "MH 1", "vehicleType": "car", "locationId": str(yard)}
    stay = {"vehicleType": "car", "locationId": str(yard)}
    stay |= {"entryTime": "2026-03-01T00:00:00Z", "exitTime": "2026-03-01T02:00:00Z"}
    with nothing_written():
        assert_problem(operator.post("parking/entries", entry), 403, "tenant_suspended")
        keyed = operator.post("parking/entries", entry, headers={"Idempotency-Key": "one"})
        assert_problem(keyed, 403, "tenant_suspended")
        assert_problem(operator.post("parking/exits", {"vehicleNumber": "MH 1"}), 403, "tenant_suspended")
        assert_problem(owner.post("parking/locations", {"name": "New", "capacity": 1}), 403, "tenant_suspended")
        assert_problem(owner.patch(f"parking/locations/{yard}", {"capacity": 1}), 403, "tenant_suspended")
        for path in (
            "auth/me",
            "parking/entries",
            "parking/occupancy",
            "parking/locations",
            "events?type=OccupancyChanged&from=2026-01-01T00:00:00Z",
        ):
            assert owner.get(path).status == 200, path
        assert operator.post("billing/quotes", stay).code == "no_applicable_rate"  # asked and answered
    assert api("operator").get("parking/occupancy").status == 200  # people still sign in
    assert tenancy.directory().by_schema(acme.schema) is not None  # the relay goes on

    now_is(acme, TenantStatus.ACTIVE)
    assert operator.post("parking/entries", entry).status == 201


def test_others_go_on(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    now_is(acme, TenantStatus.SUSPENDED)
    assert api("owner", "globex").post("parking/locations", {"name": "New", "capacity": 1}).status == 201


def test_its_admin_only_shows(browser: Callable[..., Browser], acme: TenantRef, yard: UUID) -> None:
    client = browser("owner", "acme")
    assert client.get("/admin/parking/gate/add/").status_code == 200
    now_is(acme, TenantStatus.SUSPENDED)
    with nothing_written():
        assert client.get("/admin/parking/gate/").status_code == 200
        assert client.get("/admin/parking/gate/add/").status_code == 403
        sent = client.post("/admin/parking/gate/add/", location=str(yard), name="X", direction="both")
        assert sent.status_code == 403


def test_closing_ends_what_is_open_and_is_final(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    owner, other = api("owner"), api("owner", "globex")
    due = clock.now() + timedelta(days=1)
    with tenancy.public():
        for tenant in (acme, globex):
            Deadline.objects.create(subject_id=new_id(), tenant_id=tenant.id, kind="overstay", due_at=due)
    now_is(acme, TenantStatus.CLOSED)

    assert_problem(owner.get("auth/me"), 404, "unknown_host")
    owner.host = "localhost"
    assert owner.get("auth/me").status == 401
    again = Api("localhost").post(
        "auth/login", {"email": "owner@acme.example", "password": "parking-demo", "tenant": "acme"}
    )
    assert again.status == 403
    assert other.get("auth/me").status == 200
    with tenancy.public():
        assert list(Deadline.objects.values_list("tenant_id", flat=True)) == [globex.id]
    with nothing_changed():
        for status in (TenantStatus.ACTIVE, TenantStatus.SUSPENDED):
            with pytest.raises(TenantClosed):
                now_is(acme, status)


def test_deadlines_of_a_tenant_that_is_gone_are_due_once(acme: TenantRef) -> None:
    past = clock.now() - timedelta(minutes=1)
    with tenancy.public():
        Deadline.objects.create(subject_id=new_id(), tenant_id=new_id(), kind="overstay", due_at=past)
        Deadline.objects.create(subject_id=new_id(), tenant_id=acme.id, kind="other", due_at=past)
    assert mark_overstays(at=clock.now()) == 0
    with tenancy.public():
        assert list(Deadline.objects.values_list("tenant_id", flat=True)) == [acme.id]
