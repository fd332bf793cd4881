"""A person is erased from columns, events, copies and kept answers; the accounts and the chain stay true."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.billing.models import Payment, StayFee
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.events.sealing import seal_history, verify_events
from apps.core.ids import new_id
from apps.core.models import Event
from apps.core.shared.models import EventOutbox
from apps.core.tenancy import TenantRef
from apps.parking.models import ParkingEntry
from apps.parking.personal_data.retention import erase_expired, set_retention_days
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
PLATE, PHONE, NAME = "MH 12 QX 4711", "+91 98220 55667", "Asha Deshpande"
ERASURES = "parking/personal-data/erasures"
CASE = {"reference": "DSR-17"}


@pytest.fixture
def yard(api: SignIn) -> str:
    owner = api("owner")
    place: str = owner.post("parking/locations", {"name": "North yard", "capacity": 50}).json["id"]
    rates = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    assert owner.post("billing/rates", rates).status == 201
    return place


def come(api: SignIn, yard: str, plate: str = PLATE, *, minutes_ago: int = 90) -> str:
    """A vehicle came in; its answer is kept for a repeat."""
    body = {
        "vehicleNumber": plate, "vehicleType": "car", "locationId": yard, "driverName": NAME, "driverPhone": PHONE,
        "transportName": "Deshpande & Sons", "notes": f"ask {NAME}",
        "entryTime": (clock.now() - timedelta(minutes=minutes_ago)).isoformat(),
    }  # fmt: skip
    entered = api("operator").post("parking/entries", body, {"Idempotency-Key": str(new_id())})
    assert entered.status == 201, entered
    return str(entered.json["id"])


def leave(api: SignIn, entry: str, amount: int | None = 40) -> None:
    body: dict[str, Any] = {"entryId": entry}
    if amount is not None:
        body["payment"] = {"method": "cash", "amount": amount}
    left = api("operator").post("parking/exits", body)
    assert left.status == 201, left


def deliver(tenant: TenantRef) -> None:
    """As the relay does: sealed, and out of the outbox."""
    with tenancy.public():
        EventOutbox.objects.filter(tenant_schema=tenant.schema).delete()
    with tenancy.enter(tenant):
        seal_history()


def everything_kept(tenant: TenantRef) -> Iterator[tuple[str, str]]:
    """Every text of every row of every table of the tenant, and of the tables shared by all."""
    with tenancy.enter(tenant), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns JOIN"
            " information_schema.tables USING (table_schema, table_name) WHERE table_type = 'BASE TABLE'"
            " AND table_schema IN (%s, 'public') AND has_table_privilege(format('%%I.%%I', table_schema, table_name),"
            " 'SELECT')",
            [tenant.schema],
        )
        for schema, table, column, kind in cursor.fetchall():
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {text} FROM "{schema}"."{table}" WHERE "{column}" IS NOT NULL')
            for (value,) in cursor.fetchall():
                yield f"{schema}.{table}.{column}", value


TRACES = re.compile("QX ?4711|55667|Asha|Deshpande", re.IGNORECASE)


def traces(tenant: TenantRef) -> set[str]:
    return {column.split(".", 1)[1] for column, value in everything_kept(tenant) if TRACES.search(value)}


def accounts(tenant: TenantRef) -> list[Any]:
    """Fees, receipts and counts as they are kept."""
    with tenancy.enter(tenant):
        fees = StayFee.objects.order_by("stay_id").values()
        return [list(fees), list(Payment.objects.order_by("receipt_number").values())]


@pytest.mark.parametrize(
    "found_by", [{"vehicleNumber": "mh12qx4711"}, {"driverPhone": "919822055667"}, {"driverName": NAME}]
)
def test_nothing_of_the_person_is_left_and_the_accounts_are(
    api: SignIn, acme: TenantRef, yard: str, found_by: dict[str, str]
) -> None:
    entry, other = come(api, yard), come(api, yard, "MH 01 AA 0001", minutes_ago=30)
    leave(api, entry)
    with tenancy.enter(acme):
        ParkingEntry.objects.filter(id=other).update(driver_name="Ravi", driver_phone="", transport_name="", notes="")
    deliver(acme)
    owner = api("owner")
    before = accounts(acme)
    assert traces(acme) >= {"parking_parkingentry.vehicle_number", "core_event.data", "core_idempotencyrecord.body"}

    reply = owner.post(ERASURES, CASE | found_by)

    assert reply.status == 201, reply
    assert (reply.json["stays"], reply.json["events"]) == (1, 2)
    assert traces(acme) - {"core_idempotencyrecord.body"} == set()
    assert not [value for column, value in everything_kept(acme) if entry in value and TRACES.search(value)]
    assert accounts(acme) == before
    deliver(acme)
    with tenancy.enter(acme):
        verified = verify_events()
    assert (verified.flaw, verified.redacted) == (None, 2)
    assert owner.get(f"parking/entries/{entry}").json["vehicleNumber"] == "(erased)"
    assert owner.get("parking/entries", q="4711").json["items"] == []
    assert_problem(owner.post(ERASURES, CASE | found_by), 404, "nobody_found")


def test_the_trail_says_who_erased_and_not_whom(api: SignIn, acme: TenantRef, yard: str) -> None:
    leave(api, come(api, yard))
    deliver(acme)
    assert api("owner").post(ERASURES, CASE | {"vehicleNumber": PLATE}).status == 201

    (told,) = trail(acme, action="personal_data.erased")
    assert told.after == {"by": "vehicle_number", "reference": "DSR-17", "stays": 1, "accounts": 0}
    (event,) = trail(acme, action="PersonalDataErased")
    assert (event.after["why"], event.actor_name) == ("requested", "Owner Of Acme")


def test_an_open_stay_is_not_erased(api: SignIn, acme: TenantRef, yard: str) -> None:
    entry = come(api, yard)
    deliver(acme)
    owner = api("owner")
    with nothing_written():
        problem = assert_problem(owner.post(ERASURES, CASE | {"vehicleNumber": PLATE}), 409, "stay_open")
    assert problem["entryIds"] == [entry]


def test_an_unpaid_stay_is_not_erased_and_the_others_may_be(api: SignIn, acme: TenantRef, yard: str) -> None:
    paid = come(api, yard, minutes_ago=300)
    leave(api, paid, 100)
    unpaid = come(api, yard)
    leave(api, unpaid, None)
    deliver(acme)
    owner = api("owner")
    with nothing_written():
        problem = assert_problem(owner.post(ERASURES, CASE | {"vehicleNumber": PLATE}), 409, "fee_unsettled")
    assert problem["entryIds"] == [unpaid]
    assert owner.post(ERASURES, CASE | {"entryIds": [paid]}).json["stays"] == 1


def test_what_the_relay_has_in_hand_waits(api: SignIn, acme: TenantRef, yard: str) -> None:
    leave(api, come(api, yard))
    owner = api("owner")
    with nothing_written():
        assert_problem(owner.post(ERASURES, CASE | {"vehicleNumber": PLATE}), 409, "not_yet_delivered")


@pytest.mark.parametrize(
    "body",
    [CASE, CASE | {"vehicleNumber": PLATE, "driverName": NAME}, {"vehicleNumber": PLATE}, CASE | {"driverPhone": "12"},
     CASE | {"driverName": " "}, CASE | {"entryIds": []}, {"reference": " ", "vehicleNumber": PLATE}],
)  # fmt: skip
def test_what_names_nobody_erases_nobody(api: SignIn, acme: TenantRef, yard: str, body: dict[str, Any]) -> None:
    leave(api, come(api, yard))
    deliver(acme)
    owner = api("owner")
    with nothing_written():
        assert_problem(owner.post(ERASURES, body), 422, "invalid")


def test_the_other_tenant_erases_and_exports_its_own(api: SignIn, acme: TenantRef, yard: str) -> None:
    leave(api, come(api, yard))
    deliver(acme)
    stranger = api("owner", "globex")
    with nothing_written():
        assert_problem(stranger.post(ERASURES, CASE | {"vehicleNumber": PLATE}), 404, "nobody_found")
        assert stranger.get("parking/personal-data", vehicleNumber=PLATE).json == {
            "stays": [], "deeds": [], "plates": [], "customer": None
        }  # fmt: skip


def test_one_gets_all_that_is_kept(api: SignIn, acme: TenantRef, yard: str) -> None:
    entry = come(api, yard)
    leave(api, entry)
    (stay,) = api("owner").get("parking/personal-data", driverPhone=PHONE).json["stays"]
    assert (stay["entry"]["id"], stay["entry"]["driverName"]) == (entry, NAME)
    assert (stay["fee"]["totalAmount"], stay["payments"][0]["amount"]) == (40, 40)
    assert [event["type"] for event in stay["events"]] == ["VehicleEntered", "VehicleExited"]
    assert stay["audit"][0]["actorName"] == "Operator Of Acme"
    (look,) = trail(acme, action="personal_data.exported")
    assert (look.outcome, look.after) == ("read", {"by": "driver_phone", "entryIds": [entry]})


def test_a_user_gets_what_they_did(api: SignIn, yard: str) -> None:
    owner = api("owner")
    user = owner.get("auth/me").json["user"]["id"]
    deeds = owner.get("parking/personal-data", userId=user).json["deeds"]
    assert {deed["action"] for deed in deeds} >= {"location.added", "OccupancyChanged", "RatesChanged"}


def test_a_redaction_takes_personal_fields_and_nothing_else(api: SignIn, acme: TenantRef, yard: str) -> None:
    entry = come(api, yard)
    leave(api, entry)
    deliver(acme)
    with tenancy.enter(acme):
        was = dict(Event.objects.filter(aggregate_id=entry).values_list("type", "data"))
    assert api("owner").post(ERASURES, CASE | {"vehicleNumber": PLATE}).status == 201
    with tenancy.enter(acme):
        now = dict(Event.objects.filter(aggregate_id=entry).values_list("type", "data"))
        assert now == {kind: data | {"vehicleNumber": "(erased)"} for kind, data in was.items()}
        assert all(
            "salt" not in meta for meta in Event.objects.filter(aggregate_id=entry).values_list("metadata", flat=True)
        )


def test_persons_go_when_their_time_is_over(api: SignIn, acme: TenantRef, yard: str) -> None:
    old, fresh, unpaid = (come(api, yard, f"MH 14 QX 000{n}", minutes_ago=90) for n in range(3))
    for entry, amount in ((old, 40), (fresh, 40), (unpaid, None)):
        leave(api, entry, amount)
    deliver(acme)
    at = clock.now()
    with tenancy.enter(acme):
        long_ago = at - timedelta(days=40)
        ParkingEntry.objects.filter(id__in=[old, unpaid]).update(
            entry_time=long_ago - timedelta(hours=1), exit_time=long_ago
        )
        with nothing_written():
            assert erase_expired(at=at) == 0
        set_retention_days(days=30, actor=SYSTEM)
        assert erase_expired(at=at) == 1
        assert erase_expired(at=at) == 0
        plates = dict(ParkingEntry.objects.values_list("id", "vehicle_number"))
    assert plates[UUID(old)] == "(erased)"
    assert {plates[UUID(fresh)], plates[UUID(unpaid)]} == {"MH 14 QX 0001", "MH 14 QX 0002"}


def test_the_period_is_the_tenants_and_is_told(api: SignIn, acme: TenantRef) -> None:
    owner, path = api("owner"), "parking/personal-data/retention"
    assert owner.get(path).json == {"retentionDays": None}
    assert owner.put(path, {"retentionDays": 400}).json == {"retentionDays": 400}
    assert api("owner", "globex").get(path).json == {"retentionDays": None}
    (told,) = trail(acme, action="retention.changed")
    assert (told.before, told.after) == ({"days": None}, {"days": 400})
    with nothing_written():
        assert_problem(owner.put(path, {"retentionDays": 0}), 422, "invalid", retentionDays="out_of_range")
