"""Writing in the admin goes through commands: their events are there, and their refusals are on the form."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.auth.models import Membership, SignInSession, User
from apps.billing.models import RateStructure
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.models import Event
from apps.core.tenancy import TenantRef
from apps.parking.commands.sites import LocationDetails, change_location, create_location
from apps.parking.models import Gate, Location, Occupancy, VehicleType
from tests.admin.conftest import Browser
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]

LOCATION: dict[str, Any] = {
    "name": "South yard",
    "timezone": "Asia/Kolkata",
    "opening_hours": '{"mon": [["06:00", "22:00"]]}',
    "address": "",
    "allowed_stay_minutes": "1440",
    "capacity": "40",
    "capacities": '{"truck": 4}',
}
RATE: dict[str, Any] = {
    "vehicle_type": "truck",
    "location_id": "",
    "hourly": "",
    "daily": "225",
    "weekly": "",
    "monthly": "",
    "grace_period_minutes": "10",
    "overstay_multiplier": "1.5",
    "tax_rate": "18",
}


@pytest.fixture
def yard(in_acme: TenantRef) -> Location:
    return create_location(details=LocationDetails(name="North yard", capacity=10), at=clock.now(), actor=SYSTEM)


def test_a_location_is_made_by_its_command(browser: Open, in_acme: TenantRef) -> None:
    answer = browser("manager").post("/admin/parking/location/add/", **LOCATION)

    assert answer.status_code == 302
    location = Location.objects.select_related("occupancy").get(name="South yard")
    assert (location.occupancy.capacity, location.occupancy.capacities) == (40, {"truck": 4})
    assert location.opening_hours == {"mon": [["06:00", "22:00"]]}
    event = Event.objects.get(aggregate_id=location.id)
    assert (event.type, event.metadata["actorName"]) == ("OccupancyChanged", "Manager Of Acme")


def test_a_location_is_changed_by_its_command(browser: Open, yard: Location) -> None:
    seen = Occupancy.objects.get().config_version
    form = {**LOCATION, "name": "Renamed yard", "capacity": "12", "seen_version": str(seen)}

    answer = browser("manager").post(f"/admin/parking/location/{yard.id}/change/", **form)

    assert answer.status_code == 302
    occupancy = Occupancy.objects.select_related("location").get()
    assert (occupancy.location.name, occupancy.capacity) == ("Renamed yard", 12)
    assert occupancy.config_version == seen + 1


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(browser: Open, yard: Location) -> None:
    seen = Occupancy.objects.get().config_version
    change_location(location_id=yard.id, details=LocationDetails(capacity=11), at=clock.now(), actor=SYSTEM)
    form = {**LOCATION, "name": "Too late", "seen_version": str(seen)}

    page = browser("manager").post(f"/admin/parking/location/{yard.id}/change/", **form)

    assert page.status_code == 200
    assert "Someone changed this since you read it" in page.content.decode()
    assert Occupancy.objects.select_related("location").get().location.name == "North yard"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"timezone": "Mars/Olympus"}, "is no IANA time zone"),
        ({"capacities": '{"spaceship": 4}'}, "There is no vehicle type spaceship"),
        ({"opening_hours": '{"someday": []}'}, "is not a day"),
        ({"name": "North yard"}, "already exists"),
    ],
)
def test_a_refusal_of_the_command_is_shown_on_the_form(
    browser: Open, yard: Location, wrong: dict[str, str], told: str
) -> None:
    page = browser("manager").post("/admin/parking/location/add/", **{**LOCATION, **wrong})

    assert page.status_code == 200
    assert told in page.content.decode()
    assert Location.objects.count() == 1
    assert Event.objects.count() == 1


def test_gates_and_vehicle_types_are_added(browser: Open, yard: Location) -> None:
    manager = browser("manager")

    gate = manager.post("/admin/parking/gate/add/", location=str(yard.id), name="Gate 7", direction="exit")
    kind = manager.post("/admin/parking/vehicletype/add/", code="tank-truck", name="Tank truck", rank="60")

    assert (gate.status_code, kind.status_code) == (302, 302)
    assert Gate.objects.get().name == "Gate 7"
    assert VehicleType.objects.filter(code="tank-truck").exists()
    wrong = manager.post("/admin/parking/vehicletype/add/", code="Tank Truck!", name="Tank truck", rank="60")
    assert "lower-case letters" in wrong.content.decode()


@pytest.mark.parametrize("role", ["auditor", "viewer"])
def test_who_may_only_read_writes_nothing(browser: Open, yard: Location, role: str) -> None:
    reader = browser(role)

    assert reader.post("/admin/parking/location/add/", **LOCATION).status_code == 403
    assert reader.post(f"/admin/parking/location/{yard.id}/change/", **LOCATION).status_code == 403
    assert reader.get(f"/admin/parking/location/{yard.id}/change/").status_code == 200
    assert Location.objects.get().name == "North yard"


def test_a_price_list_is_made_and_its_change_is_a_new_version(browser: Open, in_acme: TenantRef) -> None:
    manager = browser("manager")
    assert manager.post("/admin/billing/ratestructure/add/", **RATE).status_code == 302
    first = RateStructure.objects.get()
    assert (first.daily, first.hourly, first.currency, first.version) == (22500, None, "INR", 1)

    page = manager.post(f"/admin/billing/ratestructure/{first.id}/change/", **{**RATE, "daily": "250.50"})

    assert page.status_code == 302
    second = RateStructure.objects.get(version=2)
    assert (second.rate_id, second.daily, second.tax_rate) == (first.rate_id, 25050, 18)
    assert Event.objects.filter(aggregate_id=first.rate_id).count() == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"daily": "1.005"}, "decimal"),
        ({"daily": ""}, "At least one of hourly, daily, weekly and monthly needs a price"),
        ({"daily": "-1"}, "greater than or equal to 0"),
        ({"overstay_multiplier": "0.5"}, "multipl"),
        ({"vehicle_type": "spaceship"}, "Use the code of one of your vehicle types"),
        ({"grace_period_minutes": ""}, "required"),
    ],
)
def test_an_impossible_price_list_is_told_on_the_form(
    browser: Open, in_acme: TenantRef, wrong: dict[str, str], told: str
) -> None:
    page = browser("manager").post("/admin/billing/ratestructure/add/", **{**RATE, **wrong})

    assert page.status_code == 200
    assert told in page.content.decode()
    assert RateStructure.objects.count() == 0


def test_a_draft_is_made_active_by_taking_its_tick_away(browser: Open, in_acme: TenantRef) -> None:
    manager = browser("manager")
    manager.post("/admin/billing/ratestructure/add/", **RATE, draft="on")
    draft = RateStructure.objects.get()
    assert draft.status == "draft"

    manager.post(f"/admin/billing/ratestructure/{draft.id}/change/", **RATE)

    assert RateStructure.objects.get(rate_id=draft.rate_id, version=2).status == "active"


def test_a_price_list_is_retired_from_the_list(browser: Open, in_acme: TenantRef) -> None:
    manager = browser("manager")
    manager.post("/admin/billing/ratestructure/add/", **RATE)
    rate = RateStructure.objects.get()

    manager.post("/admin/billing/ratestructure/", action="retire", _selected_action=str(rate.id))

    rate.refresh_from_db()
    assert rate.expiry_at is not None


def test_a_price_list_is_retired_by_nobody_who_only_reads(browser: Open, in_acme: TenantRef) -> None:
    browser("manager").post("/admin/billing/ratestructure/add/", **RATE)
    rate = RateStructure.objects.get()
    auditor = browser("auditor")

    assert "Retire these" not in auditor.get("/admin/billing/ratestructure/").content.decode()
    auditor.post("/admin/billing/ratestructure/", action="retire", _selected_action=str(rate.id))

    rate.refresh_from_db()
    assert rate.expiry_at is None


def test_a_role_is_changed_and_the_member_signed_out(browser: Open, acme: TenantRef) -> None:
    root = browser("root", None)
    pair = login("viewer@acme.example", host="acme.localhost").json
    with tenancy.public():
        member = Membership.objects.get(user__email="viewer@acme.example")

    answer = root.post(f"/admin/identity/membership/{member.id}/change/", role="auditor")

    assert answer.status_code == 302
    with tenancy.public():
        member.refresh_from_db()
    assert member.role == "auditor"
    assert at_host("acme.localhost", pair["accessToken"]).get("auth/me").status == 401


def test_the_last_owner_cannot_be_demoted_or_removed(browser: Open, acme: TenantRef) -> None:
    root = browser("root", None)
    with tenancy.public():
        owner = Membership.objects.get(user__email="owner@acme.example")

    page = root.post(f"/admin/identity/membership/{owner.id}/change/", role="viewer")
    assert "A tenant keeps at least one owner" in page.content.decode()
    root.post(f"/admin/identity/membership/{owner.id}/delete/", post="yes")

    assert "A tenant keeps at least one owner" in root.get("/admin/identity/membership/").content.decode()
    with tenancy.public():
        owner.refresh_from_db()
    assert owner.role == "owner"


def test_members_come_and_go(browser: Open, globex: TenantRef) -> None:
    root = browser("root", None)
    with tenancy.public():
        user = User.objects.get(email="viewer@acme.example")
    form = {"user": str(user.id), "tenant": str(globex.id), "role": "manager"}

    assert root.post("/admin/identity/membership/add/", **form).status_code == 302
    again = root.post("/admin/identity/membership/add/", **form)
    assert again.status_code == 200
    with tenancy.public():
        (made,) = Membership.objects.filter(user=user, tenant_id=globex.id)
    assert root.post(f"/admin/identity/membership/{made.id}/delete/", post="yes").status_code == 302
    with tenancy.public():
        assert not Membership.objects.filter(id=made.id).exists()


def test_a_user_is_shut_out_and_let_in_again(browser: Open, acme: TenantRef) -> None:
    root = browser("root", None)
    login("viewer@acme.example", host="acme.localhost")
    with tenancy.public():
        user = User.objects.get(email="viewer@acme.example")

    root.post(f"/admin/identity/user/{user.id}/change/", is_platform_admin="on")  # is_active left out: unticked

    assert login("viewer@acme.example", host="acme.localhost").code == "invalid_credentials"
    with tenancy.public():
        assert SignInSession.objects.get(user=user).ended_why == "user deactivated"
        assert not User.objects.get(id=user.id).is_platform_admin, "only what is offered is written"
    root.post(f"/admin/identity/user/{user.id}/change/", is_active="on")
    assert login("viewer@acme.example", host="acme.localhost").status == 200


def test_sign_ins_are_ended_from_the_list(browser: Open, acme: TenantRef) -> None:
    pair = login("viewer@acme.example", host="acme.localhost").json
    with tenancy.public():
        session = SignInSession.objects.get(user__email="viewer@acme.example")

    browser("root", None).post("/admin/identity/signinsession/", action="end", _selected_action=str(session.id))

    assert at_host("acme.localhost", pair["accessToken"]).get("auth/me").status == 401
