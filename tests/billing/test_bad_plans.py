"""Plans that are refused at activation: where, both sides of it, and what to do."""

# ruff: noqa: E501 - one plan, one line: a table to read down

import copy
import json
from typing import Any

import pytest

from apps.billing.tariff import CompiledPlan, InvalidPlan, activate

HOURLY = {"kind": "units", "price": 2, "per": "1h", "step": "1h", "count": "started"}
PLAN: dict[str, Any] = {
    "format": 1, "name": "Plain", "currency": "EUR", "zone": "Europe/Amsterdam", "time": "elapsed", "precision": "second",
    "facts": {}, "calendars": [], "windows": {}, "governs": "entry", "editions": [{"since": None, "charge": HOURLY}],
    "overstay": None, "afterPayment": None, "discounts": {"stacking": "inOrder", "items": []},
    "rounding": {"to": 0.01, "mode": "halfUp", "on": "total"},
    "tax": {"prices": "inclusive", "rateOf": "entry", "roundedOn": "total", "rates": [{"since": None, "percent": 0}]},
    "longestStay": "30d", "longerMayCostLess": False,
}  # fmt: skip
ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _window(begins: str, ends: str, later: int = 0, days: list[str] = ALL) -> dict[str, Any]:
    return {"days": days, "begins": begins, "ends": ends, "endsDaysLater": later}


def _bands(*names: str, elsewhere: Any = None, boundary: str = "split", of: Any = HOURLY) -> dict[str, Any]:
    bands = [{"window": name, "of": of} for name in names]
    return {"kind": "bands", "boundary": boundary, "bands": bands, "elsewhere": elsewhere}


def _charging(charge: Any, **more: Any) -> dict[str, Any]:
    return PLAN | {"editions": [{"since": None, "charge": charge}]} | more


def _activate(plan: dict[str, Any]) -> CompiledPlan:
    return activate(json.dumps(plan).encode())


def _slabs(*lengths: str, price: Any = 1) -> dict[str, Any]:
    rows = [{"upTo": length, "price": price} for length in lengths]
    return {"kind": "slabs", "slabs": rows, "boundary": "included", "pastTheLast": "left", "beyond": HOURLY}


def _numbers(*ranges: tuple[int, int]) -> dict[str, Any]:
    charge = {"kind": "byNumber", "fact": "kg", "ranges": [{"first": a, "last": b, "of": HOURLY} for a, b in ranges]}
    return _charging(charge, facts={"kg": {"kind": "number", "smallest": 0, "largest": 100, "absent": None}})


def _choice(*cases: list[str]) -> dict[str, Any]:
    charge = {"kind": "byChoice", "fact": "group", "cases": [{"values": values, "of": HOURLY} for values in cases]}
    return _charging(charge, facts={"group": {"kind": "choice", "words": ["staff", "guest"], "absent": None}})


DAY, NIGHT = _window("07:00", "22:00"), _window("22:00", "07:00", 1)
OFFERS = {"name": "flat", "when": [{"is": "longer", "than": "2h"}], "of": {"kind": "flat", "price": 1}}
ALWAYS = {"name": "else", "when": [], "of": HOURLY}

BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown currency": (PLAN | {"currency": "XXX"}, "currency", "ISO 4217"),
    "unknown zone": (PLAN | {"zone": "../../etc/passwd"}, "zone", "IANA"),
    "unit of no time": (_charging(HOURLY | {"per": "0m", "step": "0m"}), "editions[0].charge.per", "1 s to 366 d"),
    "unit of a century": (_charging(HOURLY | {"per": "9999d"}), "editions[0].charge.per", "366 d"),
    "step longer than its price": (_charging(HOURLY | {"step": "2h"}), "editions[0].charge.step", "longer than"),
    "negative price": (_charging(HOURLY | {"price": -1}), "editions[0].charge.price", "0 or more"),
    "price that is no number": (_charging(HOURLY | {"price": "NaN"}), "editions[0].charge.price", "0 or more"),
    "endless price": (_charging(HOURLY | {"price": "Infinity"}), "editions[0].charge.price", "0 or more"),
    "price of a country": (_charging(HOURLY | {"price": 1e30}), "editions[0].charge.price", "at most"),
    "price finer than a cent": (_charging({"kind": "flat", "price": 0.001}), "editions[0].charge.price", "decimals"),
    "slabs out of order": (_charging(_slabs("2h", "1h")), "editions[0].charge.slabs[1]", "rise"),
    "the same slab twice": (_charging(_slabs("60m", "1h")), "editions[0].charge.slabs[1]", "rise"),
    "negative slab": (_charging(_slabs("1h", price=-3)), "editions[0].charge.slabs[0].price", "0 or more"),
    "blocks without a rest": (_charging({"kind": "blocks", "blocks": [{"lasts": "1h", "of": HOURLY}]}), "editions[0].charge.blocks[0].lasts", "rest"),
    "blocks until no time": (_charging({"kind": "blocks", "blocks": [{"lasts": "until 25:00", "of": HOURLY}, {"lasts": "rest", "of": HOURLY}]}), "editions[0].charge.blocks[0].lasts", "clock time"),
    "blocks of nonsense": (_charging({"kind": "blocks", "blocks": [{"lasts": "soon", "of": HOURLY}, {"lasts": "rest", "of": HOURLY}]}), "editions[0].charge.blocks[0].lasts", "no length"),
    "bands with a gap": (_charging(_bands("day"), windows={"day": DAY}), "editions[0].charge.bands", "00:00–07:00 belongs to no band"),
    "bands that overlap": (_charging(_bands("day", "late"), windows={"day": DAY, "late": _window("21:00", "07:00", 1)}), "editions[0].charge.bands", "21:00 belongs to 'day' and 'late'"),
    "elsewhere that is nowhere": (_charging(_bands("day", "night", elsewhere=HOURLY), windows={"day": DAY, "night": NIGHT}), "editions[0].charge.elsewhere", "leave no time over"),
    "a band of no window": (_charging(_bands("dusk")), "editions[0].charge.bands[0].window", "no window 'dusk'"),
    "a holiday that no band knows": (_charging(_bands("day", "night"), windows={"day": DAY, "night": NIGHT}, calendars=[{"name": "holiday", "dates": ["2026-12-25"]}]), "editions[0].charge.bands", "holiday 07:00"),
    "a carried grace": (_charging(_bands("day", "night", boundary="carry", of={"kind": "grace", "free": "5m", "boundary": "free", "longerPays": "all", "of": HOURLY}), windows={"day": DAY, "night": NIGHT}), "editions[0].charge.bands[0].of", "cannot be carried"),
    "a window that ends before it begins": (_charging(_bands("day", elsewhere=HOURLY), windows={"day": _window("22:00", "07:00")}), "windows.day.ends", "endsDaysLater"),
    "a window over itself": (_charging(_bands("day", elsewhere=HOURLY), windows={"day": _window("22:00", "23:00", 1)}), "editions[0].charge.bands", "'day' twice"),
    "a window of no day": (_charging(_bands("day", elsewhere=HOURLY), windows={"day": _window("08:00", "09:00", days=["someday"])}), "windows.day.days", "no day"),
    "a window for nothing": (PLAN | {"windows": {"day": DAY}}, "windows.day", "Nothing uses"),
    "a date in two calendars": (PLAN | {"calendars": [{"name": "a", "dates": ["2026-01-01"]}, {"name": "b", "dates": ["2026-01-01"]}]}, "calendars[1].dates", "'a' and 'b'"),
    "a date there never was": (PLAN | {"calendars": [{"name": "a", "dates": ["2026-02-30"]}]}, "calendars[0].dates", "no date"),
    "a calendar called monday": (PLAN | {"calendars": [{"name": "mon", "dates": ["2026-01-01"]}]}, "calendars[0].name", "taken"),
    "ranges with a gap": (_numbers((0, 30), (40, 100)), "editions[0].charge.ranges[1]", "31 to 39 has none"),
    "ranges that overlap": (_numbers((0, 30), (30, 100)), "editions[0].charge.ranges[1]", "30 is in two ranges"),
    "ranges that end early": (_numbers((0, 30)), "editions[0].charge.ranges", "ends at 30"),
    "a range the wrong way round": (_numbers((30, 0)), "editions[0].charge.ranges[0]", "below first"),
    "a word without a case": (_choice(["staff"]), "editions[0].charge.cases", "guest: no case"),
    "a word with two cases": (_choice(["staff", "guest"], ["guest"]), "editions[0].charge.cases", "2 cases"),
    "a case for no word": (_choice(["staff", "guest", "ghost"]), "editions[0].charge.cases", "none of the fact's words"),
    "a fact that is not declared": (_charging({"kind": "byFlag", "fact": "badge", "yes": HOURLY, "no": HOURLY}), "editions[0].charge.fact", "no declared fact"),
    "a fact for nothing": (PLAN | {"facts": {"badge": {"kind": "flag", "absent": False}}}, "facts.badge", "Nothing asks"),
    "no price on a miss": (_charging({"kind": "choose", "pick": "first", "offers": [OFFERS]}), "editions[0].charge.offers[0]", "On a miss"),
    "offers that are never reached": (_charging({"kind": "choose", "pick": "first", "offers": [ALWAYS, ALWAYS]}), "editions[0].charge.offers[0]", "never do"),
    "a cap that visits cannot share": (_charging({"kind": "cap", "at": 5, "per": {"kind": "span"}, "visits": "together", "of": HOURLY}), "editions[0].charge.visits", "share"),
    "added time with a clock": (_charging({"kind": "visits", "dayBegins": "00:00", "of": _bands("day", elsewhere=HOURLY)}, windows={"day": DAY}), "editions[0].charge.of", "lengths alone"),
    "a ladder without a price": (_charging({"kind": "ladder", "hourly": None, "daily": None, "weekly": None, "monthly": None}), "editions[0].charge", "At least one"),
    "nothing before the first edition": (PLAN | {"editions": [{"since": "2026-01-01", "charge": HOURLY}]}, "editions[0].since", "What holds before"),
    "two editions at once": (PLAN | {"editions": [{"since": None, "charge": HOURLY}] + 2 * [{"since": "2026-01-01", "charge": HOURLY}]}, "editions[2].since", "not after"),
    "an edition of no date": (PLAN | {"editions": [{"since": None, "charge": HOURLY}, {"since": "2026-13-01", "charge": HOURLY}]}, "editions[1].since", "no date"),
    "tax above everything": (PLAN | {"tax": PLAN["tax"] | {"rates": [{"since": None, "percent": 101}]}}, "tax.rates[0].percent", "percentage"),
    "rounding to nothing": (PLAN | {"rounding": PLAN["rounding"] | {"to": 0}}, "rounding.to", "multiple"),
    "rounding finer than a cent": (PLAN | {"rounding": PLAN["rounding"] | {"to": 0.005}}, "rounding.to", "multiple"),
    "overstay that is cheaper": (PLAN | {"overstay": {"kind": "times", "times": 0.5, "tolerance": "0m"}}, "overstay.times", "1 to 100"),
    "a discount on no fact": (PLAN | {"discounts": {"stacking": "best", "items": [{"kind": "percent", "code": "A", "name": "a", "when": [{"fact": "x", "equals": True}], "percent": 5}]}}, "discounts.items[0].when[0]", "no declared fact"),
    "a clock without a longest stay": (_charging(_bands("day", "night"), windows={"day": DAY, "night": NIGHT}, longestStay=None), "longestStay", "how long a stay"),
    "a longest stay of years": (PLAN | {"longestStay": "999d"}, "longestStay", "366 d"),
    "work without end": (_charging({"kind": "repeat", "each": {"kind": "length", "of": "1s"}, "of": _bands("day", elsewhere=HOURLY)}, windows={"day": DAY}), "longestStay", "would need"),
    "cheaper to stay": (_charging({"kind": "choose", "pick": "first", "offers": [OFFERS, ALWAYS]}), "longerMayCostLess", "costs 4.00 EUR, Mon"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_plan_that_cannot_be_meant_is_refused(name: str) -> None:
    plan, path, says = BAD[name]
    with pytest.raises(InvalidPlan) as refusal:
        _activate(plan)
    told = {error.path: error.message for error in refusal.value.errors}
    assert path in told, told
    assert any(says in error.message for error in refusal.value.errors if error.path == path), told


def test_the_plan_that_the_bad_ones_are_made_of_is_good() -> None:
    assert _activate(PLAN).hash == _activate(copy.deepcopy(PLAN)).hash
    assert _activate(_charging({"kind": "choose", "pick": "first", "offers": [OFFERS, ALWAYS]}, longerMayCostLess=True))
    assert _activate(_charging(_bands("day", "night"), windows={"day": DAY, "night": NIGHT}))


@pytest.mark.parametrize("key", PLAN)
def test_nothing_is_left_to_a_default(key: str) -> None:
    with pytest.raises(InvalidPlan, match="is missing here"):
        _activate({name: value for name, value in PLAN.items() if name != key})


@pytest.mark.parametrize("key", [*HOURLY])
def test_nothing_of_a_meter_is_left_to_a_default(key: str) -> None:
    with pytest.raises(InvalidPlan):
        _activate(_charging({name: value for name, value in HOURLY.items() if name != key}))


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b"null", b"\xff", b"[" * 100_000, b'{"format": 2}', b" " * 300_000],
    ids=["empty", "list", "open", "null", "no text", "deep", "format 2", "long"],
)
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidPlan):
        activate(text)


def test_unknown_keys_are_refused_wherever_they_are() -> None:
    with pytest.raises(InvalidPlan, match="take it out"):
        _activate(PLAN | {"surprise": 1})
    with pytest.raises(InvalidPlan, match="take it out") as refusal:
        _activate(_charging(HOURLY | {"surprise": 1}))
    assert refusal.value.field == "editions[0].charge"


def test_hostile_sizes_are_refused_before_they_cost_anything() -> None:
    deep: Any = HOURLY
    for _ in range(100):
        deep = {"kind": "atLeast", "price": 0, "of": deep}
    with pytest.raises(InvalidPlan, match="40 deep"):
        _activate(_charging(deep))
    rows = [{"upTo": f"{n}m", "price": 1} for n in range(1, 10_001)]
    with pytest.raises(InvalidPlan):
        _activate(_charging(_slabs("1h") | {"slabs": rows}))
    wide = {"kind": "sum", "of": [{"kind": "sum", "of": [{"kind": "sum", "of": [HOURLY] * 20}] * 20}] * 6}
    with pytest.raises(InvalidPlan, match="2000 meters"):
        _activate(_charging(wide))


def test_every_error_is_told_at_once() -> None:
    with pytest.raises(InvalidPlan) as refusal:
        _activate(_charging(HOURLY | {"price": -1, "step": "2h"}, zone="Nowhere", currency="XXX"))
    assert {error.path for error in refusal.value.errors} >= {"zone", "currency", "editions[0].charge.step"}


@pytest.mark.parametrize(
    ("plan", "path", "says"),
    [
        (PLAN | {"format": 2}, "format", "format 1"),
        (_charging(HOURLY | {"per": "1 hour"}), "editions[0].charge.per", "1h30m"),
        (_charging({"kind": "hourly", "price": 1}), "editions[0].charge.kind", "no such kind"),
        (
            _charging(_bands("day", elsewhere=HOURLY), windows={"night": NIGHT, "day": _window("08:00", "24:30")}),
            "windows.day.ends",
            "24:00",
        ),
        (PLAN | {"editions": [{"since": "1 May", "charge": HOURLY}]}, "editions[0].since", "2026-03-29"),
        (PLAN | {"facts": {"badge": {"kind": "flag", "absent": "no"}}}, "facts.badge.absent", "bool"),
        (PLAN | {"tariff": 1}, "", "'tariff'"),
    ],
    ids=["format", "length", "kind", "clock time", "date", "fact", "key"],
)
def test_what_cannot_be_read_is_told_with_its_place_and_how_it_is_written(
    plan: dict[str, Any], path: str, says: str
) -> None:
    with pytest.raises(InvalidPlan, match=says) as refusal:
        _activate(plan)
    assert refusal.value.field == path


def test_what_cannot_be_read_and_is_too_deep_besides_is_refused_all_the_same() -> None:
    deep = b'"editions": ' + b"[" * 50_000 + b"]" * 50_000
    with pytest.raises(InvalidPlan) as refusal:
        activate(b'{"windows": {"day": {"days": 1}}, ' + deep + b"}")
    assert refusal.value.field.startswith("windows")
