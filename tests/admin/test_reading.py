"""Each page shows its rows, counts few queries and offers no way to write past the commands."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.auth.models import User
from apps.billing.models import Payment, RateStructure, StayFee
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.admin import platform_site, tenant_site
from apps.core.admin.read_mostly import ReadMostlyAdmin
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from apps.parking.commands.sites import LocationDetails, add_gate, create_location
from apps.parking.models import Location, ParkingEntry
from tests.admin.conftest import Browser

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]


@pytest.fixture
def yard(acme: TenantRef) -> Location:
    """A location with a gate, a stay, its fee and its payment."""
    at = clock.now()
    with tenancy.enter(acme):
        with transaction.atomic():
            details = LocationDetails(name="North yard", capacity=40, capacities={"truck": 4})
            location = create_location(details=details, at=at, actor=SYSTEM)
        add_gate(location_id=location.id, name="Gate 1", direction="both")
        entry = ParkingEntry.objects.create(
            location=location, vehicle_number="MH 12-AB 1234", plate_key="MH12AB1234", vehicle_type="truck",
            entry_time=at - timedelta(hours=3), allowed_until=at, exit_time=at, status="exited",
        )  # fmt: skip
        rate = RateStructure.objects.create(
            rate_id=uuid4(), vehicle_type="truck", currency="INR", daily=22500, effective_at=at, status="active"
        )
        fee = StayFee.objects.create(
            stay_id=entry.id, vehicle_type="truck", location_id=location.id, duration_minutes=180, currency="INR",
            base=22500, penalty=0, discount=0, tax=0, total=22500, tax_rate=0, rate_id=rate.rate_id, rate_version=1,
            paid=22500, charged_at=at,
        )  # fmt: skip
        Payment.objects.create(
            id=uuid4(), stay=fee, amount=22500, currency="INR", method="cash", receipt_number="R-1", taken_at=at
        )
    return location


@pytest.mark.parametrize(
    ("table", "shows"),
    [
        ("parking/location", "North yard"),
        ("parking/gate", "Gate 1"),
        ("parking/parkingentry", "MH 12-AB 1234"),
        ("parking/occupancy", "North yard"),
        ("billing/payment", "225.00 INR"),
        ("billing/stayfee", "225.00 INR"),
        ("billing/ratestructure", "daily 225.00 INR"),
        ("core/event", "OccupancyChanged"),
    ],
)
def test_lists_and_single_rows(browser: Open, yard: Location, table: str, shows: str) -> None:
    owner = browser("owner")
    page = owner.get(f"/admin/{table}/").content.decode()

    assert shows in page
    first = page.split(f'href="/admin/{table}/', 1)[1].split('"')[0]
    if first.startswith("add/"):
        first = page.split(f'href="/admin/{table}/', 2)[2].split('"')[0]
    assert owner.get(f"/admin/{table}/{first}").status_code == 200
    assert browser("auditor").get(f"/admin/{table}/{first}").status_code == 200


def test_a_stay_is_found_by_a_part_of_its_plate_as_people_type_it(browser: Open, yard: Location) -> None:
    owner = browser("owner")

    assert "MH 12-AB 1234" in owner.get("/admin/parking/parkingentry/", q="ab-1234").content.decode()
    assert "MH 12-AB 1234" not in owner.get("/admin/parking/parkingentry/", q="zz").content.decode()


@pytest.mark.parametrize("words", ["not-an-id", "0", "019abcde-0000-7000-8000-000000000001", "\x00", "%"])
def test_any_search_is_answered(browser: Open, yard: Location, words: str) -> None:
    for table in ("core/event", "billing/stayfee", "parking/parkingentry", "billing/payment"):
        assert browser("owner").get(f"/admin/{table}/", q=words).status_code == 200


def test_times_are_the_tenants(browser: Open, yard: Location) -> None:
    with tenancy.enter(tenancy.directory().by_slug("acme")):  # type: ignore[arg-type]
        at = clock.now().replace(year=2020, month=1, day=5, hour=20, minute=0)
        ParkingEntry.objects.filter(location=yard).update(entry_time=at)

    assert "Jan. 6, 2020, 1:30 a.m." in browser("owner").get("/admin/parking/parkingentry/").content.decode()


def test_another_tenants_row_is_not_found(browser: Open, yard: Location) -> None:
    answer = browser("owner", "globex").get(f"/admin/parking/location/{yard.id}/change/")

    assert answer.status_code == 302, "to the list, with a message that there is none"
    assert "North yard" not in browser("owner", "globex").get("/admin/parking/location/").content.decode()


def test_a_longer_list_costs_no_more_queries(browser: Open, yard: Location, acme: TenantRef) -> None:
    owner = browser("owner")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get("/admin/parking/parkingentry/").status_code == 200
        return len(captured)

    queries()
    few = queries()
    with tenancy.enter(acme):
        entry = ParkingEntry.objects.get()
        for number in range(20):
            entry.pk, entry.plate_key, entry._state.adding = uuid4(), f"PLATE{number}", True
            entry.save()
    assert queries() == few


@pytest.mark.parametrize("path", ["add/", "{id}/change/", "{id}/delete/", "{id}/history/"])
def test_what_offers_no_writing_takes_none(browser: Open, yard: Location, acme: TenantRef, path: str) -> None:
    with tenancy.enter(acme):
        event = Event.objects.get()
        entry = ParkingEntry.objects.get()
    for table, key in (("core/event", event.pk), ("parking/parkingentry", entry.pk), ("parking/occupancy", yard.pk)):
        answer = browser("owner").post(f"/admin/{table}/{path.format(id=key)}", type="Forged", vehicle_number="X")
        assert answer.status_code in (403, 404)
    with tenancy.enter(acme):
        assert Event.objects.get().type == event.type
        assert ParkingEntry.objects.get().vehicle_number == entry.vehicle_number


def test_every_page_is_of_our_base_class() -> None:
    for site in (tenant_site, platform_site):
        for admin in site._registry.values():
            assert isinstance(admin, ReadMostlyAdmin)
            assert bool(admin.resource) == (site is tenant_site), f"{admin} needs its row of the permission table"


def test_no_secret_is_shown(browser: Open) -> None:
    with tenancy.public():
        user = User.objects.get(email="owner@acme.example")

    page = browser("root", None).get(f"/admin/identity/user/{user.id}/change/").content.decode()

    assert user.password not in page
    assert "manage.py create_tenant" in browser("root", None).get("/admin/identity/tenant/").content.decode()
