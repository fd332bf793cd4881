"""Bounds on a plan's size, looked at before anything walks through it."""

from apps.billing.tariff.document.plan import PlanDocument
from apps.billing.tariff.document.walk import parts, roots
from apps.billing.tariff.refusals import InvalidPlan

MOST_METERS = 2_000
DEEPEST = 40


def check_size(plan: PlanDocument) -> None:
    """Raises InvalidPlan for a plan of too many meters, or meters nested too deeply."""
    waiting = [(meter, path, 1) for path, meter in roots(plan)]
    seen = 0
    while waiting:
        meter, root, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST:
            raise InvalidPlan(root, f"Meters are nested more than {DEEPEST} deep; say it in fewer levels.")
        if seen > MOST_METERS:
            raise InvalidPlan(root, f"The plan has more than {MOST_METERS} meters; say it in fewer.")
        waiting += [(part, root, depth + 1) for _, part in parts(meter)]
