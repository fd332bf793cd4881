"""A member, or a key, of some locations finds and changes nothing of the others: in the API, in lists and in sums."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models

from apps.auth.roles import FOR_KEYS
from apps.core import clock, reach, tenancy
from apps.core.models import LiveProjection
from apps.core.reach import WithinReach
from apps.core.tenancy import TenantRef
from apps.reports.models import FeeSum
from tests.factories.api import Api
from tests.identity.access import member, with_key
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]


class Yards:
    """Two yards of acme, North and South; in each a vehicle inside, one that has left and paid, a gate and a rate."""

    def __init__(self, owner: Api) -> None:
        self.owner = owner
        general = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
        self.general = self.made("billing/rates", general)["id"]
        self.north, self.south = self.yard("North"), self.yard("South")

    def made(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.owner.post(path, body)
        assert answer.status == 201, answer
        return answer.json

    def yard(self, name: str) -> dict[str, str]:
        place = self.made("parking/locations", {"name": f"{name} yard", "capacity": 5})["id"]
        since = (clock.now() - timedelta(minutes=30)).isoformat()
        entry = {"vehicleType": "car", "locationId": place, "entryTime": since}
        rate = {"vehicleType": "car", "locationId": place, "rates": {"hourly": 30}}
        inside = self.made("parking/entries", entry | {"vehicleNumber": f"{name} 1", "driverName": f"{name} driver"})
        left = self.made("parking/entries", entry | {"vehicleNumber": f"{name} 2"})["id"]
        paid = {"vehicleNumber": f"{name} 2", "payment": {"method": "cash", "amount": 20}}
        return {
            "id": place,
            "gate": self.made("parking/gates", {"locationId": place, "name": f"{name} gate"})["id"],
            "rate": self.made("billing/rates", rate)["id"],
            "inside": inside["id"],
            "left": left,
            "receipt": self.made("parking/exits", paid)["payment"]["receiptNumber"],
        }


@pytest.fixture
def yards(api: SignIn, acme: TenantRef) -> Yards:
    return Yards(api("owner"))


@pytest.fixture(params=["person", "key"])
def northern(request: pytest.FixtureRequest, yards: Yards) -> Api:
    """Somebody with all that a manager may, in the north alone; and a key with all that keys may."""
    at = [UUID(yards.north["id"])]
    return member("manager", at=at) if request.param == "person" else with_key(*FOR_KEYS, at=at)


def test_lists_and_sums_are_of_the_north(northern: Api, yards: Yards) -> None:
    heard = ""
    for path in (
        "parking/entries", "parking/entries?q=south", "parking/locations", "parking/gates", "parking/occupancy",
        f"parking/occupancy?at={(clock.now() - timedelta(minutes=5)).strftime('%Y-%m-%dT%H:%M:%SZ')}", "billing/rates",
    ):  # fmt: skip
        answer = northern.get(path)
        assert answer.status == 200, answer
        heard += answer.response.content.decode()
    assert "North" in heard
    assert "South" not in heard
    for secret in yards.south.values():
        assert secret not in heard
    assert yards.general in heard, "what holds everywhere holds here"
    assert northern.get("parking/occupancy").json["occupied"] == 1
    assert northern.get("parking/locations").json["total"] == 1
    assert yards.owner.get("parking/occupancy").json["occupied"] == 2, "what is kept for all is not the narrowed one's"


def test_single_things_of_the_south_are_not_there(northern: Api, yards: Yards) -> None:
    south = yards.south
    stay = {"vehicleType": "car", "locationId": south["id"], "entryTime": "2026-03-01T00:00:00Z"}
    with nothing_written():
        for path, code in (
            (f"parking/entries/{south['inside']}", "entry_not_found"),
            (f"parking/entries/{south['inside']}/overstay", "entry_not_found"),
            (f"parking/locations/{south['id']}", "location_not_found"),
            (f"parking/locations/{south['id']}/availability", "location_not_found"),
            (f"parking/occupancy?locationId={south['id']}", "location_not_found"),
            (f"billing/rates/{south['rate']}", "rate_not_found"),
            (f"billing/rates/applicable?vehicleType=car&locationId={south['id']}", "location_not_found"),
            (f"billing/receipts/{south['receipt']}", "receipt_not_found"),
        ):
            assert_problem(northern.get(path), 404, code)
        for body in ({"entryId": south["inside"]}, stay | {"exitTime": "2026-03-01T02:00:00Z"}):
            assert northern.post("billing/quotes", body).status == 404
    assert northern.get(f"parking/entries?locationId={south['id']}").json["items"] == []


def test_nothing_is_written_in_the_south(northern: Api, yards: Yards) -> None:
    south, car = yards.south, {"vehicleNumber": "NEW 1", "vehicleType": "car"}
    payment = {"entryId": south["left"], "amount": 20, "currency": "INR", "method": "cash"}
    there = {"locationId": south["id"]}
    with nothing_written():
        for path, body, code in (
            ("parking/entries", car | there, "location_not_found"),
            ("parking/entries/validate", car | there, "location_not_found"),
            ("parking/exits", {"entryId": south["inside"]}, "not_parked"),
            ("parking/exits", {"vehicleNumber": "South 1"}, "not_parked"),
            ("billing/payments", payment, "entry_not_found"),
            ("parking/gates", there | {"name": "Back door"}, "location_not_found"),
        ):
            assert_problem(northern.post(path, body), 404, code)
        assert northern.post("billing/rates", {"vehicleType": "bus", "rates": {"hourly": 1}} | there).status == 422
        change = northern.patch(f"parking/locations/{south['id']}", {"capacity": 0}, {"If-Match": '"1"'})
        assert_problem(change, 404, "location_not_found")
        change = northern.patch(f"billing/rates/{south['rate']}", {"rates": {"hourly": 1}}, {"If-Match": '"1"'})
        assert_problem(change, 404, "rate_not_found")


def test_nothing_is_written_for_all_locations(northern: Api, yards: Yards) -> None:
    everywhere = {"vehicleType": "bus", "rates": {"hourly": 1}}
    with nothing_written():
        for refused in (
            northern.post("parking/locations", {"name": "East yard", "capacity": 1}),
            northern.post("billing/rates", everywhere),
            northern.patch(f"billing/rates/{yards.general}", {"rates": {"hourly": 1}}, {"If-Match": '"1"'}),
            northern.patch(f"billing/rates/{yards.general}", {"status": "retired"}, {"If-Match": '"1"'}),
        ):
            assert_problem(refused, 403, "outside_your_locations")
        for refused in (
            northern.post("parking/vehicle-types", {"code": "hovercraft"}),
            northern.get(f"events?aggregateId={yards.north['inside']}"),
        ):
            assert_problem(refused, 403, "not_permitted")


def test_a_plate_that_stands_in_the_south_is_refused_without_saying_where(northern: Api, yards: Yards) -> None:
    entry = {"vehicleNumber": "South 1", "vehicleType": "car", "locationId": yards.north["id"]}
    with nothing_written():
        problem = assert_problem(northern.post("parking/entries", entry), 409, "already_parked")
    assert problem.keys().isdisjoint({"entryId", "locationId"})
    assert yards.south["id"] not in str(problem)
    assert not northern.post("parking/entries/validate", entry).json["valid"]


def test_a_report_of_the_south_is_not_replayed_in_the_north(northern: Api, yards: Yards) -> None:
    gone = yards.made("parking/exits", {"vehicleNumber": "South 1", "eventId": "south:1"})
    assert gone["entry"]["id"] == yards.south["inside"]
    with nothing_written():
        answer = northern.post("parking/exits", {"vehicleNumber": "South 1", "eventId": "south:1"})
        assert answer.status in (404, 422), answer
    assert yards.south["id"] not in answer.response.content.decode()


def test_the_gate_of_the_north_works(northern: Api, yards: Yards) -> None:
    entry = {"vehicleNumber": "NEW 1", "vehicleType": "car", "locationId": yards.north["id"]}
    assert northern.post("parking/entries", entry).status == 201
    assert northern.post("parking/exits", {"vehicleNumber": "NEW 1"}).status == 201
    assert northern.get(f"billing/receipts/{yards.north['receipt']}").status == 200


def test_a_report_is_of_the_north(yards: Yards, acme: TenantRef) -> None:
    at = clock.now()
    span = {
        "groupBy": "month",
        "from": (at - timedelta(days=1)).isoformat(),
        "to": (at + timedelta(days=1)).isoformat(),
    }
    with tenancy.enter(acme):
        for place in (yards.north, yards.south):
            FeeSum.objects.create(
                generation=1, quarter_hour=at.replace(minute=0, second=0, microsecond=0), location_id=place["id"],
                vehicle_type="car", currency="INR", charged=2000, priced_stays=1,
            )  # fmt: skip
        LiveProjection.objects.update_or_create(name="revenue", defaults={"generation": 1})
    northern = member("manager", at=[UUID(yards.north["id"])])

    assert yards.owner.get("reports/revenue", **span).json["totals"][0]["stays"] == 2
    assert northern.get("reports/revenue", **span).json["totals"][0]["stays"] == 1
    assert northern.get("reports/revenue", **span, locationId=yards.south["id"]).code == "location_not_found"


def models_with_a_location() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        names = {field.attname for field in model._meta.concrete_fields}
        if "location_id" in names or model.__name__ == "Location":
            yield model


def test_every_table_with_a_location_is_narrowed(in_acme: TenantRef) -> None:
    """A new one that forgets `WithinReach` is named here."""
    nowhere: frozenset[UUID] = frozenset({UUID(int=0)})
    found = list(models_with_a_location())
    assert {"Location", "ParkingEntry", "StayFee", "RateStructure"} <= {model.__name__ for model in found}
    for model in found:
        manager = model._default_manager
        assert isinstance(manager, WithinReach), model
        everywhere = str(manager.get_queryset().query)
        with reach.narrowed_to(nowhere):
            assert str(manager.get_queryset().query) != everywhere, model


def test_nothing_widens_a_reach(acme: TenantRef) -> None:
    one, other = UUID(int=1), UUID(int=2)
    with reach.narrowed_to(frozenset({one})):
        with reach.narrowed_to(None):
            assert reach.locations() == {one}
        with reach.narrowed_to(frozenset({one, other})):
            assert reach.locations() == {one}
        assert not reach.includes(None)
    assert reach.locations() is None
    with tenancy.enter(acme):
        assert reach.includes(None)
