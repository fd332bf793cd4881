"""The curve of a fee: its steps come at the very second, and between them nothing is hidden."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.billing.lab.curve import Curve, trace
from apps.billing.lab.preview import preview
from apps.billing.lab.rerating import Rerated
from apps.billing.lab.starting_points import starting_points
from apps.billing.tariff import Plan, Stay, Unpriceable, activate, price
from tests.billing.packs import PACKS, plan_bytes

ENTRY = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)


def read(curve: Curve, seconds: int) -> Rerated:
    """The fee that the drawn line shows, where it stands or steps."""
    marks = [vertex.seconds for vertex in curve.vertices]
    return curve.vertices[bisect_right(marks, seconds) - 1].priced


@pytest.mark.parametrize(
    ("pack", "name"), [("de-kwakel", "elapsed"), ("barnsley", "entry-again"), ("coin-lot", "split"), ("old-yard", None)]
)
def test_the_line_is_the_fee_at_every_second(pack: str, name: str | None) -> None:
    plans = PACKS[pack]["plans"]
    plan = activate(plan_bytes(plans[name or next(iter(plans))]["plan"]))
    facts = {"vehicleType": "trailer"} if pack == "old-yard" else {}
    curve = preview(plan, entry_at=ENTRY, hours=26, facts=facts)
    assert curve.exact
    for seconds in range(0, 26 * 3_600, 7):
        fee = price(plan, Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(seconds=seconds), facts=facts))
        assert read(curve, seconds).total == fee.total, seconds
    steps = [(a, b) for a, b in zip(curve.vertices, curve.vertices[1:], strict=False) if a.priced != b.priced]
    assert steps
    assert {b.seconds - a.seconds for a, b in steps} == {1}


def test_what_has_no_price_is_a_gap_with_its_reason() -> None:
    plan = activate(plan_bytes(PACKS["de-kwakel"]["plans"]["elapsed"]["plan"]))
    curve = preview(plan, entry_at=ENTRY, hours=200, facts={})
    last = curve.vertices[-1]
    assert (last.seconds, last.priced.total, last.priced.reason) == (200 * 3_600, None, "longer_than_longest_stay")
    first_refused = next(vertex for vertex in curve.vertices if vertex.priced.total is None)
    stay = Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(seconds=first_refused.seconds - 1))
    price(plan, stay)
    with pytest.raises(Unpriceable):
        price(plan, Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(seconds=first_refused.seconds)))


def test_a_price_that_climbs_at_every_second_is_a_line_and_says_so() -> None:
    curve = trace(lambda seconds: Rerated(seconds * 3), 72 * 3_600)
    assert not curve.exact
    assert [(vertex.seconds, vertex.priced.total) for vertex in curve.vertices] == [(0, 0), (259_200, 777_600)]


def test_it_asks_for_no_more_prices_than_it_may() -> None:
    asked: list[int] = []

    def climbing(seconds: int) -> Rerated:
        asked.append(seconds)
        return Rerated(seconds * seconds)

    trace(climbing, 72 * 3_600, most_prices=3_000)
    assert len(asked) == len(set(asked)) <= 3_000


def test_an_overstay_shows_in_it() -> None:
    plan = Plan(currency="EUR", hourly=200, overstay_multiplier=Decimal(2))
    curve = preview(plan, entry_at=ENTRY, hours=4, facts={}, allowed_until=ENTRY + timedelta(hours=2))
    assert (read(curve, 2 * 3_600).total, read(curve, 2 * 3_600 + 1).total) == (400, 800)


ZONES = {
    "EUR": "Europe/Amsterdam", "JPY": "Asia/Tokyo", "INR": "Asia/Kolkata", "KWD": "Asia/Kuwait",
    "CLF": "America/Santiago",
}  # fmt: skip


@pytest.mark.parametrize(("currency", "zone"), ZONES.items())
def test_every_starting_point_can_be_activated_and_prices_three_days(currency: str, zone: str) -> None:
    points = starting_points(currency=currency, zone=zone)
    assert len({point.key for point in points}) == len(points) == 6
    for point in points:
        plan = activate(plan_bytes(point.plan))
        curve = preview(plan, entry_at=ENTRY, hours=72, facts={"vehicleType": "truck"})
        totals = [vertex.priced.total for vertex in curve.vertices]
        assert all(total is not None for total in totals), point.key
        assert totals[-1], point.key
