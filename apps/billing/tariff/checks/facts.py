"""Facts that are declared and used, and lists by facts without gaps and overlaps."""

from collections import Counter

from apps.billing.tariff.document.meters import ByChoice, ByFlag, ByNumber
from apps.billing.tariff.document.plan import Choice, Flag, Number, PlanDocument
from apps.billing.tariff.facts import fits
from apps.billing.tariff.refusals import Findings

Kind = Flag | Choice | Number
_WANTED: dict[type, type[Kind]] = {ByFlag: Flag, ByChoice: Choice, ByNumber: Number}
_NAMES: dict[type, str] = {Flag: "flag", Choice: "choice", Number: "number"}


def check_facts(found: Findings, plan: PlanDocument, used: set[str]) -> None:
    """Each declared fact is used, and what holds in its absence is one of its values."""
    for name, kind in plan.facts.items():
        path = f"facts.{name}"
        if kind.absent is not None and not fits(kind, kind.absent):
            found.add(f"{path}.absent", f"{kind.absent!r} is none of this fact's values; take one of them, or null.")
        if isinstance(kind, Number) and kind.smallest > kind.largest:
            found.add(path, f"smallest {kind.smallest} is above largest {kind.largest}.")
        if isinstance(kind, Choice) and len(set(kind.words)) < len(kind.words):
            found.add(f"{path}.words", "A word is there twice.")
        if name not in used:
            found.add(path, "Nothing asks for this fact; use it or leave it out.")


def check_by(found: Findings, path: str, meter: ByFlag | ByChoice | ByNumber, plan: PlanDocument) -> None:
    """A list by a fact has exactly one meter for each of its values."""
    wanted = _WANTED[type(meter)]
    kind = plan.facts.get(meter.fact)
    if not isinstance(kind, wanted):
        found.add(f"{path}.fact", f"{meter.fact!r} is no declared fact of kind {_NAMES[wanted]!r}.")
    elif isinstance(meter, ByChoice) and isinstance(kind, Choice):
        _check_cases(found, path, meter, kind)
    elif isinstance(meter, ByNumber) and isinstance(kind, Number):
        _check_ranges(found, path, meter, kind)


def _check_cases(found: Findings, path: str, meter: ByChoice, kind: Choice) -> None:
    listed = Counter(value for case in meter.cases for value in case.values)
    for value, times in listed.items():
        if times > 1:
            found.add(f"{path}.cases", f"{value!r} has {times} cases; leave it in one.")
        if value not in kind.words:
            found.add(f"{path}.cases", f"{value!r} is none of the fact's words.")
    missing = [word for word in kind.words if word not in listed]
    if missing:
        found.add(f"{path}.cases", f"{', '.join(missing[:10])}: no case; price it, or refuse it with a reason.")


def _check_ranges(found: Findings, path: str, meter: ByNumber, kind: Number) -> None:
    expected = kind.smallest
    for place, each in enumerate(meter.ranges):
        here = f"{path}.ranges[{place}]"
        if each.last < each.first:
            found.add(here, f"last {each.last} is below first {each.first}.")
            return
        if each.first > expected:
            gap = f"{expected} to {each.first - 1}" if each.first - 1 > expected else f"{expected}"
            before = f"{expected - 1} has a price" if place else f"the fact begins at {kind.smallest}"
            found.add(
                here, f"{before} and {each.first} has one, {gap} has none; widen a range, or refuse it with a reason."
            )
        elif each.first < expected:
            found.add(here, f"{each.first} is in two ranges; let one end where the next begins.")
        expected = each.last + 1
    if expected != kind.largest + 1:
        found.add(f"{path}.ranges", f"The last range ends at {expected - 1}, the fact at {kind.largest}.")
