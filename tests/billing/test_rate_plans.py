"""Rates with a plan of their own: made, changed, taken back; exits charged by them; fees recomputed from their hash."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.models import StayFee, TariffPlan
from apps.billing.tariff import Stay, price, restore
from tests.billing.conftest import ENTRY, Yard, charge, ledger, make_rate
from tests.billing.test_bad_plans import PLAN
from tests.factories.api import Api

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("in_acme")
RUPEES: dict[str, Any] = PLAN | {"currency": "INR", "zone": "Asia/Kolkata"}
BODY = {"vehicleType": "car", "plan": RUPEES, "effectiveDate": "2026-01-01T00:00:00Z"}


def test_a_rate_with_a_plan_is_made_read_and_charged_at_the_exit(api: SignIn, yard: Yard) -> None:
    made = api("owner").post("billing/rates", BODY)
    assert (made.status, made.json["rates"]["hourly"]) == (201, None)
    assert json.loads(json.dumps(made.json["plan"], default=float)) == RUPEES
    stay = yard.stay(hours=3)
    charged = charge(stay)
    assert charged.fee is not None
    assert charged.fee.total_amount == 6
    fee = StayFee.objects.get(stay_id=stay.stay_id)
    kept = TariffPlan.objects.get(hash=fee.plan_hash)
    assert stay.exit_at is not None
    again = price(restore(kept.document.encode()), Stay(entry_at=ENTRY, exit_at=stay.exit_at))
    assert again.total == fee.total


def test_a_fee_by_hours_names_its_plan_too(yard: Yard) -> None:
    make_rate()
    stay = yard.stay(hours=3)
    charge(stay)
    fee = StayFee.objects.get(stay_id=stay.stay_id)
    assert stay.exit_at is not None
    kept = restore(TariffPlan.objects.get(hash=fee.plan_hash).document.encode())
    assert (kept.hash, price(kept, Stay(entry_at=ENTRY, exit_at=stay.exit_at)).total) == (fee.plan_hash, 6_000)


def test_a_stay_that_the_plan_cannot_price_leaves_all_the_same(api: SignIn, yard: Yard) -> None:
    charge_all = {"kind": "refuse", "because": "closed"}
    api("owner").post("billing/rates", BODY | {"plan": RUPEES | {"editions": [{"since": None, "charge": charge_all}]}})
    charged = charge(yard.stay(hours=3))
    assert (charged.fee, charged.unpriced_reason) == (None, "refused_by_plan")


def test_a_plan_replaces_prices_and_is_taken_back(api: SignIn, yard: Yard) -> None:
    owner = api("owner")
    made = owner.post("billing/rates", {"vehicleType": "car", "rates": {"hourly": 20}})
    path = f"billing/rates/{made.json['id']}"
    planned = owner.patch(path, {"plan": RUPEES}, headers={"If-Match": '"1"'})
    assert (planned.status, planned.json["version"], planned.json["rates"]["hourly"]) == (200, 2, None)
    kept = owner.patch(path, {"expiryDate": "2099-01-01T00:00:00Z"}, headers={"If-Match": '"2"'})
    assert kept.json["plan"] == planned.json["plan"]
    back = owner.patch(path, {"plan": None, "rates": {"hourly": 30}}, headers={"If-Match": '"3"'})
    assert (back.status, back.json["plan"], back.json["rates"]["hourly"]) == (200, None, 30)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"rates": {"hourly": 20}}, "prices_beside_plan", "rates"),
        ({"tax": {"rate": 18}}, "prices_beside_plan", "tax"),
        ({"plan": RUPEES | {"currency": "EUR"}}, "currency_mismatch", "currency"),
        ({"plan": RUPEES | {"surprise": 1}}, "invalid_plan", "plan"),
        ({"plan": {}}, "invalid_plan", "plan"),
        ({"plan": RUPEES | {"zone": "Mars/Phobos"}}, "invalid_plan", "plan.zone"),
        ({"plan": 5}, "invalid", "plan"),
    ],
)
def test_what_cannot_be_a_plan_is_refused(
    api: SignIn, yard: Yard, change: dict[str, Any], code: str, field: str
) -> None:
    before = ledger(), TariffPlan.objects.count()
    refused = api("owner").post("billing/rates", BODY | change)
    assert (refused.status, refused.json["errors"][0]["code"], refused.json["errors"][0]["field"]) == (422, code, field)
    assert (ledger(), TariffPlan.objects.count()) == before


def test_prices_beside_a_plan_are_refused_in_a_change_too(api: SignIn, yard: Yard) -> None:
    owner = api("owner")
    made = owner.post("billing/rates", BODY)
    before = ledger()
    refused = owner.patch(f"billing/rates/{made.json['id']}", {"rates": {"hourly": 5}}, headers={"If-Match": '"1"'})
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "prices_beside_plan")
    assert ledger() == before


def test_another_tenant_neither_sees_nor_prices_by_the_plan(api: SignIn, yard: Yard) -> None:
    made = api("owner").post("billing/rates", BODY)
    stranger = api("owner", "globex")
    assert stranger.get(f"billing/rates/{made.json['id']}").status == 404
    assert stranger.patch(f"billing/rates/{made.json['id']}", {"plan": None}, headers={"If-Match": '"1"'}).status == 404
