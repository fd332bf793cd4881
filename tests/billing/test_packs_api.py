"""Every acceptance pack through the API: plans posted as rates, each stay quoted, the fee equal to the last digit."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.auth import directory
from apps.auth.models import Tenant
from apps.billing import places
from apps.core import tenancy
from tests.billing.conftest import YARD, Yard, ledger
from tests.billing.packs import PACKS, Case, cases
from tests.factories.api import Api

SignIn = Callable[..., Api]
QUOTED = {pack: [case for case in cases() if case.pack == pack] for pack in PACKS}


@contextmanager
def _paying_in(currency: str) -> Iterator[None]:
    """Acme, as if it lay where the price list is from."""
    with tenancy.public():
        Tenant.objects.filter(slug="acme").update(currency=currency)
    directory.forget()
    acme = tenancy.directory().by_slug("acme")
    assert acme is not None
    try:
        with tenancy.enter(acme):
            yield
    finally:
        directory.forget()


@pytest.mark.parametrize("pack", QUOTED)
def test_a_pack_is_created_and_quoted_through_the_api(api: SignIn, yard: Yard, acme: object, pack: str) -> None:
    places.register_place_checks(has_vehicle_type=lambda code: True, has_location=lambda id: id == YARD)
    plans = PACKS[pack]["plans"]
    with _paying_in(next(iter(plans.values()))["plan"]["currency"]):
        owner, made = api("owner"), set()
        for case in QUOTED[pack]:
            vehicle_type = case.facts.get("facts", {}).get("vehicleType", case.plan_name)
            if vehicle_type not in made:
                _create(owner, vehicle_type, case.plan)
                made.add(vehicle_type)
            before = ledger()
            _quote(owner, vehicle_type, case)
            assert ledger() == before


def _create(owner: Api, vehicle_type: str, plan: dict[str, Any]) -> None:
    given = json.loads(json.dumps(plan, default=float))
    body = {"vehicleType": vehicle_type, "plan": given, "effectiveDate": "2020-01-01T00:00:00Z"}
    posted = owner.post("billing/rates", body)
    assert posted.status == 201, posted.json
    assert json.loads(json.dumps(posted.json["plan"], default=float)) == given


def _quote(owner: Api, vehicle_type: str, case: Case) -> None:
    facts = case.facts
    body: dict[str, Any] = {
        "vehicleType": vehicle_type,
        "locationId": str(YARD),
        "entryTime": case.at(facts["entry"]).isoformat(),
        "exitTime": case.at(facts["exit"]).isoformat(),
        "facts": facts.get("facts", {}),
        "paidAt": [case.at(at).isoformat() for at in facts.get("paidAt", ())],
        "earlierVisits": [
            {"entryTime": case.at(visit["entry"]).isoformat(), "exitTime": case.at(visit["exit"]).isoformat()}
            for visit in facts.get("earlierVisits", ())
        ],
    }
    if "allowedUntil" in facts:
        body["allowedUntil"] = case.at(facts["allowedUntil"]).isoformat()
    quote = owner.post("billing/quotes", body)
    if case.fee is None:
        assert (quote.status, quote.code, quote.json["reason"]) == (409, "not_priced", facts["reason"]), case.id
    else:
        assert quote.status == 200, (case.id, quote.json)
        assert quote.json["totalAmount"] == case.fee, case.id
        assert sum(line["amount"] for line in quote.json["breakdown"]["lines"]) == case.fee
