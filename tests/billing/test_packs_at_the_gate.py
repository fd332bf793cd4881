"""Published price lists charged at the gate: vehicles come in, are told of, pay, leave, and come again."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.billing.packs import PACKS, Case, cases
from tests.billing.test_packs_api import _paying_in
from tests.factories.api import Api

SignIn = Callable[..., Api]
PLANS = [
    ("barnsley", "entry-again"),
    ("big-top", "time-added"),
    ("big-top", "cap-shared"),
    ("cheongju", "under10-once"),
    ("coin-lot", "split"),
    ("de-kwakel", "elapsed"),
    ("event-day", "in-order"),
    ("hdb", "car-half-up"),
    ("lancaster", "first"),
    ("old-yard", "started-days"),
    ("tychy", "from-grace-end"),
    ("tychy", "whole-stay"),
    ("west-bengal", "gap-refused"),
]


@pytest.mark.parametrize(("pack", "plan"), PLANS)
def test_a_published_list_is_charged_at_the_gate(api: SignIn, acme: object, pack: str, plan: str) -> None:
    document = PACKS[pack]["plans"][plan]["plan"]
    with _paying_in(document["currency"]):
        owner = api("owner")
        body = {"name": pack, "capacity": 99, "timezone": document["zone"], "allowedStayMinutes": 5_000_000}
        place = owner.post("parking/locations", body).json["id"]
        listed = [case for case in cases() if (case.pack, case.plan_name) == (pack, plan)]
        assert listed
        for vehicle_type in {_type_of(case) for case in listed}:
            owner.post("parking/vehicle-types", {"code": vehicle_type})  # some are there already
            rate = {"vehicleType": vehicle_type, "locationId": place, "effectiveDate": "2019-01-01T00:00:00Z"}
            made = owner.post("billing/rates", rate | {"plan": json.loads(json.dumps(document, default=float))})
            assert made.status == 201, made.json
        for number, case in enumerate(listed):
            _charge(api, place, f"GATE {number}", case)


def _type_of(case: Case) -> str:
    return str(case.facts.get("facts", {}).get("vehicleType", "car"))


def _charge(api: SignIn, place: str, plate: str, case: Case) -> None:
    facts = case.facts
    for visit in facts.get("earlierVisits", ()):
        _in(api, place, plate, case.at(visit["entry"]), {})  # those who come again are cars
        _out(api, plate, case.at(visit["exit"]))
    told = {name: value for name, value in facts.get("facts", {}).items() if name != "vehicleType"}
    until = {"expectedExitTime": case.at(facts["allowedUntil"]).isoformat()} if "allowedUntil" in facts else {}
    entry = _in(api, place, plate, case.at(facts["entry"]), until | {"vehicleType": _type_of(case)})
    if told:
        with time_machine.travel(case.at(facts["entry"]) + timedelta(seconds=1), tick=False):
            reply = api().put(f"billing/stays/{entry}/facts", {"facts": told})
            assert reply.status == 200, (case.id, reply.json)
    for paid in facts.get("paidAt", ()):
        _pay(api, entry, case.at(paid))
    with time_machine.travel(case.at(facts["exit"]), tick=False):
        quote = api().post("billing/quotes", {"entryId": entry})
    gone = _out(api, plate, case.at(facts["exit"]))
    if case.fee is None:
        assert (gone["fee"], gone["unpricedReason"]) == (None, facts["reason"]), case.id
        assert quote.json["reason"] == facts["reason"]
    else:
        assert gone["fee"]["totalAmount"] == case.fee, case.id
        assert quote.json["totalAmount"] == case.fee


def _in(api: SignIn, place: str, plate: str, at: datetime, more: dict[str, Any]) -> str:
    with time_machine.travel(at, tick=False):
        body = {"vehicleNumber": plate, "vehicleType": "car", "locationId": place, "entryTime": at.isoformat()}
        entered = api().post("parking/entries", body | more)
    assert entered.status == 201, entered.json
    return str(entered.json["id"])


def _pay(api: SignIn, entry: str, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        gate = api()
        due = gate.post("billing/quotes", {"entryId": entry}).json
        body = {"entryId": entry, "amount": due["totalAmount"], "currency": due["currency"], "method": "cash"}
        paid = gate.post("billing/payments", body)
    assert paid.status == 201, paid.json


def _out(api: SignIn, plate: str, at: datetime) -> Any:
    with time_machine.travel(at, tick=False):
        gone = api().post("parking/exits", {"vehicleNumber": plate, "exitTime": at.isoformat()})
    assert gone.status == 201, gone.json
    return gone.json
