"""GET events and POST events/replay: what happened, page by page, and told again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import override_settings

from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.shared.models import Delivery
from tests.events.relays import note, wait_until_settled
from tests.factories.sites import open_location
from tests.refusals import assert_problem

HEARERS = override_settings(EVENT_SUBSCRIPTIONS="tests.events.hearers.SUBSCRIPTIONS")
EVER = "2026-01-01T00:00:00Z"
NOTHING = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def stay(api, acme):
    with tenancy.enter(acme):
        yard = open_location(name="North yard", capacity=5)
    owner = api("owner")
    rates = {"vehicleType": "car", "rates": {"hourly": 12.5}, "effectiveDate": "2026-01-01T00:00:00Z"}
    assert owner.post("billing/rates", rates).status == 201
    entry_time = (clock.now() - timedelta(minutes=30)).isoformat()
    entry = {"vehicleNumber": "MH 12 AB 1234", "vehicleType": "car", "locationId": str(yard), "entryTime": entry_time}
    entered = owner.post("parking/entries", entry, headers={"X-Correlation-Id": "gate-7"})
    paid = {"method": "cash", "amount": 12.5}
    left = owner.post("parking/exits", {"vehicleNumber": "MH 12 AB 1234", "payment": paid})
    assert left.status in (200, 201), left
    return entered.json["id"]


def test_what_happened_to_an_aggregate_as_the_contract_says(api, acme, stay):
    events = api("auditor").get("events", aggregateId=stay).json
    assert events["nextCursor"] is None
    entered, exited = events["items"]
    assert (entered["type"], entered["version"], exited["type"], exited["version"]) == (
        "VehicleEntered",
        1,
        "VehicleExited",
        2,
    )
    assert entered["tenantId"] == str(acme.id)
    assert entered["aggregateId"] == stay
    assert entered["metadata"]["correlationId"] == "gate-7"
    assert {"source", "correlationId", "causationId"} <= entered["metadata"].keys()
    assert entered["data"].keys() >= {"entryId", "tenantId", "vehicleNumber", "entryTime"}
    assert exited["data"]["totalFee"] == Decimal("12.5")
    later = api("auditor").get("events", aggregateId=stay, fromVersion=2).json["items"]
    assert [event["id"] for event in later] == [exited["id"]]


@pytest.mark.usefixtures("own_database")
def test_pages_give_every_event_once_in_order(api, acme):
    aggregate = new_id()
    with tenancy.enter(acme):
        for number in range(7):
            note(str(number), aggregate=aggregate)
        wait_until_settled()
    for asked in ({"aggregateId": aggregate}, {"type": "Noted"}, {"type": "Noted", "from": EVER}):
        texts, cursor = [], ""
        while cursor is not None:
            page = api("owner").get("events", pageSize=3, **asked, **({"cursor": cursor} if cursor else {})).json
            texts += [event["data"]["text"] for event in page["items"]]
            cursor = page["nextCursor"]
        assert texts == [str(number) for number in range(7)]
    later = {"type": "Noted", "from": (clock.now() + timedelta(minutes=1)).isoformat()}
    assert api("owner").get("events", **later).json["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "aggregateId"),
        (f"?aggregateId={NOTHING}&type=Noted", "aggregateId"),
        (f"?aggregateId={NOTHING}&from={EVER}", "from"),
        ("?type=Noted&fromVersion=1", "fromVersion"),
        ("?type=Noted&from=2026-01-01T00:00:00", "from"),
        (f"?aggregateId={NOTHING}&fromVersion=0", "fromVersion"),
        ("?aggregateId=7", "aggregateId"),
        ("?type=Noted&cursor=W10", "cursor"),
        ("?type=Noted&cursor=WyJ0eXBlIiwiOyIsMV0", "cursor"),
        (f"?aggregateId={NOTHING}&cursor=WyJ0eXBlIiwiMSIsMV0", "cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(api, acme, query, field):
    problem = assert_problem(api("owner").get(f"events{query}"), 422, "invalid")
    assert problem["errors"][0]["field"] == field


@HEARERS
@pytest.mark.usefixtures("own_database")
def test_administrators_have_events_told_again(api, acme):
    with tenancy.enter(acme):
        note("again")
        wait_until_settled()
    told = api("admin").post("events/replay", {"type": "Noted", "from": EVER})
    assert (told.status, told.json) == (202, {"deliveries": 1})
    with tenancy.public():
        assert list(Delivery.objects.values_list("subscription", flat=True)) == ["feed"]
    refused = api("owner").post("events/replay", {"type": "Noted", "from": EVER, "subscription": "writer"})
    assert_problem(refused, 422, "invalid", subscription="not_replayable")
    refused = api("owner").post("events/replay", {"type": "Nothing", "from": EVER})
    assert_problem(refused, 422, "invalid", type="unknown_event")
    assert_problem(api("manager").post("events/replay", {"type": "Noted", "from": EVER}), 403, "not_permitted")
    assert_problem(
        api("owner").post("events/replay", {"type": "VehicleEntered", "from": EVER}), 409, "nothing_replayable"
    )
