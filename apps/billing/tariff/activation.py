"""From a plan's JSON to a plan that may price: everything that is wrong with it is told at once, with what to do."""

from .checks.clock import check_calendars, check_windows
from .checks.facts import check_facts
from .checks.meters import MeterChecks
from .checks.sizes import check_size
from .checks.surroundings import check_around, check_place
from .compiled import CompiledPlan
from .document.canonical import read_plan
from .document.plan import PlanDocument
from .document.walk import walk
from .probes import probe
from .refusals import Findings, InvalidPlan

MOST_WORK = 100_000
"""So many elementary prices may one stay need; each takes about a microsecond."""
LARGEST_SCALE = 10**18


def activate(text: bytes) -> CompiledPlan:
    """A plan from its JSON (format 1), checked, compiled, and probed on both sides of its boundaries.

    Raises InvalidPlan with every error: its path in the JSON, the two sides of a conflict or a gap, what to do.
    """
    plan = read_plan(text)
    check(plan)
    compiled = _compiled(plan)
    probe(compiled)
    return compiled


def restore(text: bytes) -> CompiledPlan:
    """A plan that was activated before, from what was stored of it. Raises InvalidPlan for what is no plan at all."""
    return CompiledPlan(read_plan(text))


def check(plan: PlanDocument) -> None:
    """Raises InvalidPlan for a gap, a conflict, or a value that cannot be meant."""
    check_size(plan)
    found = Findings()
    check_place(found, plan)
    named = check_calendars(found, plan)
    meters = MeterChecks(found, plan, named)
    for path, meter in walk(plan):
        meters.check(path, meter)
    check_around(found, plan, meters.facts)
    check_windows(found, plan, named, meters.windows)
    check_facts(found, plan, meters.facts)
    found.refuse()


def _compiled(plan: PlanDocument) -> CompiledPlan:
    compiled = CompiledPlan(plan)
    if compiled.scale > LARGEST_SCALE:
        raise InvalidPlan("editions", "The prices by time have no common measure; use fewer different lengths.")
    if plan.longest_stay is None and not compiled.timeless:
        raise InvalidPlan("longestStay", "A plan that looks at the clock says how long a stay it prices, up to 366 d.")
    if compiled.work > MOST_WORK:
        raise InvalidPlan(
            "longestStay", f"The longest stay would need {compiled.work} prices; allow shorter stays or fewer parts."
        )
    return compiled
