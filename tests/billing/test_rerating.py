"""Past stays priced anew: the same fees as the engine's, however they were remembered, added up without a slip."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from apps.billing.kept_stays import price_kept, pricer_of_told
from apps.billing.lab.rerating import INPUTS_UNKNOWN, NOTHING_TOLD, PastStay, Rerated, Rerater
from apps.billing.lab.tally import MOST_AFFECTED, Sums, Tally
from apps.billing.permit_terms import PermitTerms, PermitWindow
from apps.billing.stay_accounts import PricedFrom
from apps.billing.tariff import CompiledPlan, Plan, Stay, Unpriceable, Visit, activate, price
from apps.core.ids import new_id
from tests.billing.packs import PACKS, plan_bytes

RATES = Plan(
    currency="INR", hourly=2_000, daily=10_000, grace_minutes=15, overstay_multiplier=Decimal("1.5"),
    tax_rate=Decimal(18),
)  # fmt: skip
YARD, OTHER = new_id(), new_id()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def plan_of(pack: str, name: str | None = None) -> CompiledPlan:
    """A published price list; without a name its first reading."""
    plans = PACKS[pack]["plans"]
    return activate(plan_bytes(plans[name or next(iter(plans))]["plan"]))


def rerater_of(plan: Plan | CompiledPlan) -> Rerater:
    return Rerater(plan, pricer_of_told(plan))


def past(minutes: float = 60, total: int | None = 2_000, *, at: datetime = NOON, **given: object) -> PastStay:
    """A stay of so many minutes that was charged at `at`."""
    known = {
        "stay_id": new_id(), "location_id": YARD, "vehicle_type": "car", "entry_at": at - timedelta(minutes=minutes),
        "ended_at": at, "allowed_until": None, "told": NOTHING_TOLD, "total": total, "charged_at": at,
    }  # fmt: skip
    return PastStay(**(known | given))  # type: ignore[arg-type]


def plans() -> list[Plan | CompiledPlan]:
    return [RATES, *map(plan_of, ("coin-lot", "tychy", "barnsley"))]


@pytest.mark.parametrize("plan", plans(), ids=["rates", "coin lot", "tychy", "barnsley"])
def test_it_prices_as_the_engine_does(plan: Plan | CompiledPlan) -> None:
    chance, rerater = random.Random(11), rerater_of(plan)
    for _ in range(3_000):
        # few different lengths, so that many are remembered; fractions of seconds on all sides
        at = NOON + timedelta(seconds=chance.randrange(90_000), microseconds=chance.choice([0, 1, 999_999]))
        minutes = chance.choice([0, 5, 15, 15.02, 59.99, 60, 61, 600, 1_441])
        allowed = chance.choice([None, at - timedelta(seconds=chance.choice([-1, 0, 0.5, 900, 901, 3_600]))])
        stay = past(minutes, at=at, allowed_until=allowed)
        assert stay.entry_at is not None
        engine = Stay(entry_at=stay.entry_at, exit_at=at, allowed_until=allowed, facts={"vehicleType": "car"})
        try:
            expected: int | None = price(plan, engine).total
        except Unpriceable:
            expected = None
        assert rerater.rerate(stay).total == expected, stay


def test_what_was_told_of_a_stay_counts() -> None:
    plan = plan_of("west-bengal")
    rerater = rerater_of(plan)
    light, heavy = '{"facts": {"payloadKg": 2500}}', '{"facts": {"payloadKg": 40000}}'
    assert (rerater.rerate(past(300, told=light)).total, rerater.rerate(past(300, told=heavy)).total) == (
        15_000,
        40_000,
    )
    gap = rerater.rerate(past(300, told='{"facts": {"payloadKg": 8000}}'))
    assert (gap.total, gap.reason) == (None, "refused_by_plan")
    assert rerater.rerate(past(300)).reason == "fact_unknown"


def test_payments_before_the_exit_count() -> None:
    ticket = {"facts": {"railTicket": True}}
    paid = ticket | {"paidAt": [NOON - timedelta(minutes=16)]}
    rerater = rerater_of(plan_of("tychy"))
    totals = [rerater.rerate(past(600, told=msgspec.json.encode(told).decode())).total for told in (ticket, paid)]
    assert totals == [200, 400]


@pytest.mark.parametrize(
    "plan",
    [RATES, *map(plan_of, ("coin-lot", "big-top", "tychy", "barnsley"))],
    ids=["rates", "coin lot", "big top", "tychy", "barnsley"],
)
def test_whatever_was_told_it_prices_as_the_till_does(plan: Plan | CompiledPlan) -> None:
    chance, rerater, priced, spared = random.Random(7), rerater_of(plan), 0, 0
    for _ in range(1_500):
        stay = past(chance.choice([5, 40, 180, 700, 2_000]), at=NOON + timedelta(minutes=chance.randrange(3_000)))
        told = some_told(chance, stay)
        kept = stay._replace(told=msgspec.json.encode(told).decode())
        assert stay.entry_at is not None
        assert stay.ended_at is not None
        till = price_kept(
            plan, stay_id=stay.stay_id, location_id=YARD, vehicle_type="car", entry_at=stay.entry_at,
            ended_at=stay.ended_at, allowed_until=None, told=told,
        )  # fmt: skip
        assert rerater.rerate(kept) == Rerated(till.total, till.unpriced_reason, till.unpriced_detail), kept
        priced += till.fee is not None
        spared += till.fee is not None and till.fee.lines[-1].code == "exit_grace"
    assert priced > 500
    assert spared > 5 or plan is not RATES


def some_told(chance: random.Random, stay: PastStay) -> PricedFrom:
    """Facts, an earlier visit, payments with or without an operator's grace, a permit: each now and then."""
    assert stay.entry_at is not None
    assert stay.ended_at is not None
    length = stay.ended_at - stay.entry_at
    known_here = chance.random() < 0.7  # billing's own payments may lie before a late gate's entry and after its exit
    shares = [-0.01, 0.2, 0.8, 1, 1.01] if known_here else [0.2, 0.8, 1]
    paid = tuple(sorted(stay.entry_at + length * chance.choice(shares) for _ in range(chance.randrange(3))))
    window = PermitWindow(days=("mon", "tue", "wed"), begins="07:00", ends="19:00")
    permit = PermitTerms(
        id=new_id(), number="P-1", zone="Asia/Kolkata", valid_from=date(2026, 3, 1), windows=(window,),
        facts=chance.choice([{}, {"railTicket": True}]),
    )  # fmt: skip
    came = stay.entry_at - timedelta(hours=2)
    return PricedFrom(
        facts=chance.choice([{}, {"railTicket": True, "blueBadge": False}]),
        earlier_visits=chance.choice([(), (Visit(entry_at=came, exit_at=came + timedelta(hours=1)),)]),
        paid_at=paid,
        paid_until=paid[-1] + timedelta(minutes=chance.choice([15, 90])) if paid and known_here else None,
        permit=chance.choice([None, None, permit]),
    )


def test_a_fee_from_before_its_inputs_were_kept_is_named() -> None:
    rerated = rerater_of(RATES).rerate(past(entry_at=None, ended_at=None))
    assert (rerated.total, rerated.reason) == (None, INPUTS_UNKNOWN)


def test_sums_are_those_of_the_stays() -> None:
    tally = Tally("Asia/Kolkata")
    midnight = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    tally.add(past(total=2_000, at=midnight - timedelta(seconds=1)), Rerated(3_000))
    tally.add(past(total=2_000, at=midnight, location_id=OTHER, vehicle_type="van"), Rerated(1_500))
    tally.add(past(total=500, at=midnight), Rerated(500))
    tally.add(past(total=None, at=midnight), Rerated(700))
    refused = past(total=900)
    tally.add(refused, Rerated(None, "refused_by_plan", "No trucks"))
    found = tally.outcome()
    assert found.total == Sums(4, 4_500, 5_700)
    assert dict(found.by_location) == {str(YARD): Sums(3, 2_500, 4_200), str(OTHER): Sums(1, 2_000, 1_500)}
    assert dict(found.by_vehicle_type) == {"car": Sums(3, 2_500, 4_200), "van": Sums(1, 2_000, 1_500)}
    assert list(found.by_day) == [("2026-03-02", Sums(1, 2_000, 3_000)), ("2026-03-03", Sums(3, 2_500, 2_700))]
    assert (found.dearer, found.cheaper, found.newly_priced) == (2, 1, Sums(1, 0, 700))
    assert [(one.before, one.after) for one in found.most_dearer] == [(2_000, 3_000), (0, 700)]
    assert [(one.before, one.after) for one in found.most_cheaper] == [(2_000, 1_500)]
    (gap,) = found.refused
    assert (gap.reason, gap.detail, gap.stays, gap.before, gap.examples) == (
        "refused_by_plan", "No trucks", 1, 900, [refused.stay_id]
    )  # fmt: skip


def test_the_most_affected_are_the_most_affected() -> None:
    chance, tally = random.Random(3), Tally("UTC")
    changes = [chance.randrange(-500, 500) for _ in range(2_000)]
    for change in changes:
        tally.add(past(total=1_000), Rerated(1_000 + change))
    found = tally.outcome()
    assert [one.after - one.before for one in found.most_dearer] == sorted(changes, reverse=True)[:MOST_AFFECTED]
    assert [one.after - one.before for one in found.most_cheaper] == sorted(changes)[:MOST_AFFECTED]
    assert msgspec.convert(msgspec.to_builtins(found), type(found)) == found
