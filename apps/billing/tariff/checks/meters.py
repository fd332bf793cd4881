"""What each kind of meter has to keep."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apps.billing.tariff.compiling import PRICE_NAMES
from apps.billing.tariff.document import meters as doc
from apps.billing.tariff.document.plan import PlanDocument
from apps.billing.tariff.document.times import clock_seconds
from apps.billing.tariff.document.walk import parts
from apps.billing.tariff.refusals import Findings

from .amounts import check_length, check_price, check_rising
from .clock import check_bands
from .facts import check_by

_CARRIED = (
    doc.Free | doc.Flat | doc.Units | doc.Refuse | doc.Ladder | doc.Blocks | doc.Repeat | doc.Cap | doc.AtLeast
    | doc.ByFlag | doc.ByChoice | doc.ByNumber
)  # fmt: skip


class MeterChecks:
    """Looks at one meter after the other, and remembers which windows and facts they use."""

    def __init__(self, found: Findings, plan: PlanDocument, named: dict[int, str]) -> None:
        self.found, self.plan, self.named = found, plan, named
        self.windows: set[str] = set()
        self.facts: set[str] = set()

    def check(self, path: str, meter: doc.AnyMeter) -> None:
        """Note all that is wrong with a meter itself; those below it are looked at in their turn."""
        for name in PRICE_NAMES:
            price = getattr(meter, name, None)
            if isinstance(price, Decimal):
                check_price(self.found, f"{path}.{name}", price, self.plan.currency, finer=isinstance(meter, doc.Units))
        check = _CHECKS.get(type(meter))
        if check is not None:
            check(self, path, meter)

    def use_window(self, path: str, name: str) -> None:
        """Note that a window is used, or that there is none of that name."""
        self.windows.add(name)
        if name not in self.plan.windows:
            self.found.add(path, f"There is no window {name!r}; add it to `windows`.")


def is_timeless(meter: doc.AnyMeter) -> bool:
    """Whether a meter's price depends on a span's length alone."""
    if isinstance(meter, doc.Bands | doc.During | doc.Visits):
        return False
    if isinstance(meter, doc.Repeat | doc.Cap):
        per = meter.each if isinstance(meter, doc.Repeat) else meter.per
        if isinstance(per, doc.EachDay | doc.EachWindow):
            return False
    if isinstance(meter, doc.Blocks) and any(block.lasts.startswith("until ") for block in meter.blocks):
        return False
    if isinstance(meter, doc.Choose):
        when = [condition for offer in meter.offers for condition in offer.when]
        if any(isinstance(condition, doc.Entered | doc.Left) for condition in when):
            return False
    return all(is_timeless(part) for _, part in parts(meter))


def is_carriable(meter: doc.AnyMeter) -> bool:
    """Whether a meter has units of which one can be carried over a boundary."""
    return is_timeless(meter) and isinstance(meter, _CARRIED) and all(is_carriable(part) for _, part in parts(meter))


def _units(to: MeterChecks, path: str, meter: doc.Units) -> None:
    per = check_length(to.found, f"{path}.per", meter.per)
    step = check_length(to.found, f"{path}.step", meter.step)
    if step > per:
        to.found.add(f"{path}.step", f"A step of {meter.step} is longer than the {meter.per} that have the price.")


def _blocks(to: MeterChecks, path: str, meter: doc.Blocks) -> None:
    for place, block in enumerate(meter.blocks):
        here = f"{path}.blocks[{place}].lasts"
        is_last = place == len(meter.blocks) - 1
        if (block.lasts == "rest") != is_last:
            to.found.add(here, 'The last block, and only that, lasts the "rest".')
        elif block.lasts.startswith("until "):
            _clock_time(to, here, block.lasts[6:])
        elif not is_last:
            check_length(to.found, here, block.lasts)


def _clock_time(to: MeterChecks, path: str, text: str) -> None:
    try:
        fine = len(text) == 5 and text[2] == ":" and 0 <= clock_seconds(text) < 86_400 and int(text[3:]) < 60
    except ValueError:
        fine = False
    if not fine:
        to.found.add(path, f'{text!r} is no clock time; write it like "until 05:00".')


def _slabs(to: MeterChecks, path: str, meter: doc.Slabs) -> None:
    lengths = [check_length(to.found, f"{path}.slabs[{n}].upTo", slab.up_to) for n, slab in enumerate(meter.slabs)]
    check_rising(to.found, f"{path}.slabs", lengths, "The lengths of slabs")
    for place, slab in enumerate(meter.slabs):
        check_price(to.found, f"{path}.slabs[{place}].price", slab.price, to.plan.currency)


def _bands(to: MeterChecks, path: str, meter: doc.Bands) -> None:
    for place, band in enumerate(meter.bands):
        to.use_window(f"{path}.bands[{place}].window", band.window)
    check_bands(to.found, path, meter, to.plan, to.named)
    if meter.boundary == "carry":
        for name, part in parts(meter):
            if not is_carriable(part):
                to.found.add(
                    f"{path}.{name}", f"A unit of {part.__class__.__name__} cannot be carried; split the bands."
                )


def _repeat(to: MeterChecks, path: str, meter: doc.Repeat) -> None:
    if isinstance(meter.each, doc.EachLength):
        check_length(to.found, f"{path}.each.of", meter.each.of)


def _cap(to: MeterChecks, path: str, meter: doc.Cap) -> None:
    per = meter.per
    if isinstance(per, doc.EachLength):
        check_length(to.found, f"{path}.per.of", per.of)
    if isinstance(per, doc.EachWindow):
        to.use_window(f"{path}.per.window", per.window)
    if meter.visits == "together" and not isinstance(per, doc.EachDay | doc.EachWindow):
        to.found.add(
            f"{path}.visits", "Visits share a cap of a calendar day or of a window; others begin with each visit."
        )


def _grace(to: MeterChecks, path: str, meter: doc.Grace) -> None:
    check_length(to.found, f"{path}.free", meter.free)


def _choose(to: MeterChecks, path: str, meter: doc.Choose) -> None:
    last = len(meter.offers) - 1
    for place, offer in enumerate(meter.offers):
        here = f"{path}.offers[{place}]"
        if place == last and offer.when:
            to.found.add(here, "On a miss of all offers there is no price; let the last one have no conditions.")
        if place < last and not offer.when and meter.pick == "first":
            to.found.add(here, "This offer always applies, so the ones after it never do; put it last.")
        if len({type(condition) for condition in offer.when}) < len(offer.when):
            to.found.add(f"{here}.when", "A condition of one kind is there twice; join them.")
        for number, condition in enumerate(offer.when):
            _condition(to, f"{here}.when[{number}]", condition)


def _condition(to: MeterChecks, path: str, condition: doc.Condition) -> None:
    if isinstance(condition, doc.Entered | doc.Left):
        to.use_window(f"{path}.window", condition.window)
    else:
        check_length(to.found, f"{path}.than", condition.than)


def _by(to: MeterChecks, path: str, meter: doc.ByFlag | doc.ByChoice | doc.ByNumber) -> None:
    to.facts.add(meter.fact)
    check_by(to.found, path, meter, to.plan)


def _length_only(to: MeterChecks, path: str, meter: doc.Visits | doc.During) -> None:
    if isinstance(meter, doc.During):
        to.use_window(f"{path}.window", meter.window)
    if not is_timeless(meter.of):
        to.found.add(f"{path}.of", "Time that is added up has no place on the clock; use meters of lengths alone here.")


def _ladder(to: MeterChecks, path: str, meter: doc.Ladder) -> None:
    if meter.hourly is None and meter.daily is None and meter.weekly is None and meter.monthly is None:
        to.found.add(path, "At least one of hourly, daily, weekly and monthly needs a price.")


_CHECKS: dict[type, Callable[[MeterChecks, str, Any], None]] = {
    doc.Units: _units,
    doc.Blocks: _blocks,
    doc.Slabs: _slabs,
    doc.Bands: _bands,
    doc.Repeat: _repeat,
    doc.Cap: _cap,
    doc.Grace: _grace,
    doc.Choose: _choose,
    doc.ByFlag: _by,
    doc.ByChoice: _by,
    doc.ByNumber: _by,
    doc.Visits: _length_only,
    doc.During: _length_only,
    doc.Ladder: _ladder,
}
