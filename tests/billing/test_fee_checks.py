"""A fee is still what its plan and its inputs make of it: shown for one stay, and checked for all."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.billing.commands.rates import NewRates, create_rates
from apps.billing.models import StayFee
from apps.billing.stay_accounts import PricedFrom, keep, lock_account
from apps.billing.tariff import Visit, activate
from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.billing.conftest import CASHIER, ENTRY, Yard, charge, make_rate
from tests.billing.packs import PACKS, plan_bytes
from tests.factories.api import Api
from tests.refusals import assert_problem, nothing_written

SignIn = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("yard")


def checked(**options: Any) -> str:
    out = StringIO()
    call_command("check_fees", stdout=out, **options)
    return out.getvalue()


def test_a_fee_shows_what_it_was_made_of(api: SignIn, yard: Yard, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        rate = make_rate(overstay_multiplier=Decimal(2))
        stay = yard.stay(3, allowed_until=ENTRY + timedelta(hours=2))
        charge(stay)
        plan_hash = StayFee.objects.get().plan_hash
    shown = api("operator").get(f"billing/fees/{stay.stay_id}").json
    assert (shown["entryId"], shown["planHash"], shown["recomputed"]) == (str(stay.stay_id), plan_hash, True)
    assert (shown["fee"]["totalAmount"], shown["fee"]["breakdown"]["rateId"]) == (80, str(rate.rate_id))
    assert shown["plan"]["editions"][0]["charge"]["kind"] == "ladder"
    assert shown["inputs"] == {
        "vehicleType": "car", "locationId": str(stay.location_id), "entryTime": "2026-03-02T06:30:00Z",
        "exitTime": "2026-03-02T09:30:00Z", "allowedUntil": "2026-03-02T08:30:00Z", "facts": {}, "earlierVisits": [],
        "paidAt": [], "paidUntil": None,
    }  # fmt: skip


def test_earlier_visits_and_facts_are_shown_and_count_again(api: SignIn, yard: Yard, acme: TenantRef) -> None:
    plan = PACKS["big-top"]["plans"]
    text = plan_bytes(next(iter(plan.values()))["plan"] | {"currency": "INR"})
    visit = Visit(entry_at=ENTRY - timedelta(hours=3), exit_at=ENTRY - timedelta(hours=1))
    with tenancy.enter(acme):
        create_rates(
            rates=NewRates(vehicle_type="car", plan=activate(text)), actor=CASHIER, at=ENTRY - timedelta(days=1)
        )
        stay = yard.stay(3)
        with transaction.atomic():
            keep(lock_account(stay, currency="INR", at=ENTRY), PricedFrom(earlier_visits=(visit,)))
        charge(stay)
    shown = api("auditor").get(f"billing/fees/{stay.stay_id}").json
    assert shown["recomputed"] is True
    assert shown["inputs"]["earlierVisits"] == [
        {"entryTime": "2026-03-02T03:30:00Z", "exitTime": "2026-03-02T05:30:00Z"}
    ]
    assert shown["fee"]["totalAmount"] > 0


def test_an_exit_within_the_grace_after_a_payment_comes_out_again(api: SignIn, yard: Yard, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        make_rate()
        stay = yard.stay(1.1)
        paid_at, paid_until = ENTRY + timedelta(minutes=58), ENTRY + timedelta(minutes=73)
        with transaction.atomic():
            account = lock_account(stay, currency="INR", at=ENTRY)
            keep(account, PricedFrom(paid_at=(paid_at,), paid_until=paid_until), paid=2_000)
        charge(stay)
        assert StayFee.objects.get().total == 2_000
    shown = api("operator").get(f"billing/fees/{stay.stay_id}").json
    assert shown["recomputed"] is True
    assert (shown["inputs"]["paidAt"], shown["inputs"]["paidUntil"]) == (
        ["2026-03-02T07:28:00Z"], "2026-03-02T07:43:00Z"
    )  # fmt: skip
    assert "acme: 1 fees are as recorded" in checked(tenant="acme")


def test_without_a_price_or_inputs_it_says_so(api: SignIn, yard: Yard, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        unpriced = yard.stay(1, vehicle_type="truck")
        charge(unpriced)
        make_rate()
        old = yard.stay(1)
        charge(old)
        StayFee.objects.filter(stay_id=old.stay_id).update(entry_at=None, ended_at=None)
    shown = api("operator").get(f"billing/fees/{unpriced.stay_id}").json
    assert (shown["fee"], shown["unpricedReason"], shown["recomputed"], shown["planHash"], shown["plan"]) == (
        None, "no_applicable_rate", None, None, None
    )  # fmt: skip
    shown = api("operator").get(f"billing/fees/{old.stay_id}").json
    assert (shown["inputs"], shown["recomputed"]) == (None, None)
    assert shown["fee"]["totalAmount"] == 20


def test_who_may_not_look_or_looks_for_nothing_is_refused(api: SignIn, yard: Yard, in_acme: TenantRef) -> None:
    make_rate()
    stay, parked = yard.stay(1), yard.stay(None)
    charge(stay)
    with transaction.atomic():
        lock_account(parked, currency="INR", at=ENTRY)
    with nothing_written():
        assert_problem(api("viewer").get(f"billing/fees/{stay.stay_id}"), 403, "not_permitted")
        assert_problem(api("owner", "globex").get(f"billing/fees/{stay.stay_id}"), 404, "fee_not_found")
        assert_problem(api("owner").get(f"billing/fees/{parked.stay_id}"), 404, "fee_not_found")
        assert_problem(api("owner").get(f"billing/fees/{new_id()}"), 404, "fee_not_found")


def test_all_fees_are_priced_again(yard: Yard, acme: TenantRef) -> None:
    with tenancy.enter(acme):
        make_rate()
        for hours in range(5):
            charge(yard.stay(hours))
        charge(yard.stay(1, vehicle_type="truck"))
    with nothing_written():
        assert "acme: 5 fees are as recorded; 0 are from before their inputs were kept, 1 have no price" in checked()
        assert checked(tenant="acme", sample=2).startswith("acme: ")
    with pytest.raises(CommandError, match="no tenant nowhere"):
        checked(tenant="nowhere")


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [], "total": 0, "base": 0},
        {"total": 2_100, "base": 2_100},
        {"ended_at": ENTRY + timedelta(hours=1, seconds=1)},
        {"plan_hash": "0" * 64},
        {"duration_minutes": 61},
    ],
)
def test_the_first_that_differs_is_named(yard: Yard, acme: TenantRef, change: dict[str, Any]) -> None:
    with tenancy.enter(acme):
        make_rate()
        wrong, right = yard.stay(1), yard.stay(2)
        charge(wrong)
        charge(right)
        StayFee.objects.filter(stay_id=wrong.stay_id).update(**change)
    out = StringIO()
    with nothing_written(), pytest.raises(CommandError, match="Fees of acme are not what was recorded"):
        call_command("check_fees", stdout=out)
    assert f"fee of stay {wrong.stay_id}" in out.getvalue()
    assert str(right.stay_id) not in out.getvalue()
