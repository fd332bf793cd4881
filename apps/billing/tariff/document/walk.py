"""Every meter of a plan with its path, parents first."""

from collections.abc import Iterator

from .meters import (
    AnyMeter,
    AtLeast,
    Bands,
    ByFlag,
    Cap,
    During,
    Grace,
    Repeat,
    Slabs,
    Sum,
    Visits,
)
from .plan import OverstayCharge, PaidThenCharge, PlanDocument

Found = tuple[str, AnyMeter]


def roots(plan: PlanDocument) -> list[Found]:
    """The meters that stand by themselves: each edition's, and those for overstay and after a payment."""
    found: list[Found] = [(f"editions[{n}].charge", edition.charge) for n, edition in enumerate(plan.editions)]
    if isinstance(plan.overstay, OverstayCharge):
        found.append(("overstay.of", plan.overstay.of))
    if isinstance(plan.after_payment, PaidThenCharge):
        found.append(("afterPayment.of", plan.after_payment.of))
    return found


def parts(meter: AnyMeter) -> list[Found]:
    """The meters right below one."""
    if isinstance(meter, Repeat | Cap | AtLeast | Grace | Visits | During):
        return [("of", meter.of)]
    if isinstance(meter, Slabs):
        return [("beyond", meter.beyond)]
    if isinstance(meter, ByFlag):
        return [("yes", meter.yes), ("no", meter.no)]
    if isinstance(meter, Sum):
        return [(f"of[{n}]", of) for n, of in enumerate(meter.of)]
    if isinstance(meter, Bands) and meter.elsewhere is not None:
        return [*_listed(meter), ("elsewhere", meter.elsewhere)]
    return _listed(meter)


def _listed(meter: AnyMeter) -> list[Found]:
    for name in ("blocks", "offers", "cases", "ranges", "bands"):
        listed = getattr(meter, name, None)
        if listed is not None:
            return [(f"{name}[{n}].of", each.of) for n, each in enumerate(listed)]
    return []


def walk(plan: PlanDocument) -> Iterator[Found]:
    """Every meter of the plan."""
    waiting = roots(plan)[::-1]
    while waiting:
        path, meter = waiting.pop()
        yield path, meter
        waiting += [(f"{path}.{name}", part) for name, part in reversed(parts(meter))]
