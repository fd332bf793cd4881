"""From a document's meters to those that run. What cannot be compiled was refused by the checks before."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from apps.core.money import currency_digits, minor_to_decimal, round_ratio

from .document import meters as doc
from .document.plan import PlanDocument
from .document.times import LONGEST, clock_seconds, length_seconds
from .document.walk import walk
from .local_clock import DAY, Clock, WallClock, day_number, elapsed_clock
from .meters import bands, caps, choices, prices, sequences
from .meters.base import CompiledMeter
from .meters.ladder import LadderMeter
from .windows import ClockWindow, DayKinds

PRICE_NAMES = ("price", "at", "hourly", "daily", "weekly", "monthly")


class Compiler:
    """The surroundings of a plan's meters: its clock, windows, money and longest stay."""

    def __init__(self, plan: PlanDocument) -> None:
        self.plan = plan
        self.clock: Clock = WallClock() if plan.time == "wallClock" else elapsed_clock(plan.zone)
        named = {day_number(text): calendar.name for calendar in plan.calendars for text in calendar.dates}
        self.kinds = DayKinds(named)
        self.windows = {
            name: ClockWindow(name, window, self.clock, self.kinds) for name, window in plan.windows.items()
        }
        self.longest = length_seconds(plan.longest_stay) if plan.longest_stay else LONGEST
        self.days = self.longest // DAY + 2
        self.digits = currency_digits(plan.currency)
        self.scale = scale_of(plan)

    def meter(self, meter: doc.AnyMeter) -> CompiledMeter:
        """The meter as it runs."""
        return _COMPILE[type(meter)](self, meter)

    def scaled(self, price: Decimal) -> int:
        """A price in scaled minor units; exact, because the scale was made from all prices."""
        return int(Fraction(price) * 10**self.digits * self.scale)

    def money(self, scaled: int) -> str:
        """A scaled amount for people, to the minor unit."""
        return str(minor_to_decimal(round_ratio(scaled, self.scale), self.plan.currency))

    def words(self, price: Decimal) -> str:
        """A listed price for people, with the currency's digits at least."""
        return f"{price:.{max(self.digits, -int(price.normalize().as_tuple().exponent))}f}"

    def periods_within(self, seconds: int) -> int:
        """How many periods of a length the longest stay touches."""
        return self.longest // seconds + 2


def scale_of(plan: PlanDocument) -> int:
    """The smallest scale on which every price of a step is a whole number."""
    scale = 1
    digits = currency_digits(plan.currency)
    for _, meter in walk(plan):
        for name in PRICE_NAMES:
            price = getattr(meter, name, None)
            if isinstance(price, Decimal):
                share = Fraction(1)
                if isinstance(meter, doc.Units):
                    share = Fraction(length_seconds(meter.step), length_seconds(meter.per))
                scale = lcm(scale, (Fraction(price) * 10**digits * share).denominator)
        if isinstance(meter, doc.Slabs):
            scale = lcm(scale, *[(Fraction(slab.price) * 10**digits).denominator for slab in meter.slabs])
    return scale


def _units(to: Compiler, meter: doc.Units) -> CompiledMeter:
    step, per = length_seconds(meter.step), length_seconds(meter.per)
    price = Fraction(meter.price) * 10**to.digits * to.scale * Fraction(step, per)
    whole = step == per
    listed = f"{meter.per} at {to.words(meter.price)}" if whole else f"{to.words(meter.price)} per {meter.per}"
    return prices.UnitsMeter(
        price=int(price), step=step, started=meter.count == "started", whole=whole, listed=listed
    )  # fmt: skip


def _blocks(to: Compiler, meter: doc.Blocks) -> CompiledMeter:
    return sequences.BlocksMeter(tuple([_part(to, block) for block in meter.blocks]), to.clock)


def _part(to: Compiler, block: doc.Block) -> sequences.Part:
    of = to.meter(block.of)
    if block.lasts == "rest":
        return sequences.Part(None, None, of)
    if block.lasts.startswith("until "):
        return sequences.Part(None, clock_seconds(block.lasts[6:]), of)
    return sequences.Part(length_seconds(block.lasts), None, of)


def _slabs(to: Compiler, meter: doc.Slabs) -> CompiledMeter:
    return prices.SlabsMeter(
        slabs=tuple([(length_seconds(slab.up_to), to.scaled(slab.price)) for slab in meter.slabs]),
        included=meter.boundary == "included",
        on_top=meter.past_the_last == "left",
        beyond=to.meter(meter.beyond),
    )


def _bands(to: Compiler, meter: doc.Bands) -> CompiledMeter:
    return bands.BandsMeter(
        bands=tuple([(to.windows[band.window], to.meter(band.of)) for band in meter.bands]),
        elsewhere=None if meter.elsewhere is None else to.meter(meter.elsewhere),
        carry=meter.boundary == "carry",
        clock=to.clock,
        days=to.days,
    )


def _repeat(to: Compiler, meter: doc.Repeat) -> CompiledMeter:
    each = meter.each
    seconds = length_seconds(each.of) if isinstance(each, doc.EachLength) else None
    return sequences.RepeatMeter(
        seconds=seconds,
        day_begins=clock_seconds(each.at) if isinstance(each, doc.EachDay) else 0,
        of=to.meter(meter.of),
        clock=to.clock,
        most_periods=to.periods_within(seconds or DAY),
    )


def _cap(to: Compiler, meter: doc.Cap) -> CompiledMeter:
    most, words, of, per = to.scaled(meter.at), to.words(meter.at), to.meter(meter.of), meter.per
    if isinstance(per, doc.WholeSpan):
        return caps.SpanCap(most=most, words=words, of=of)
    most_periods = to.days
    periods: caps.Periods
    if isinstance(per, doc.EachLength):
        periods = caps.LengthPeriods(length_seconds(per.of))
        most_periods = to.periods_within(length_seconds(per.of))
    elif isinstance(per, doc.EachDay):
        periods = caps.DayPeriods(clock_seconds(per.at), to.clock)
    else:
        periods = caps.WindowPeriods(to.windows[per.window], to.clock)
        most_periods = 2 * to.days
    return caps.PeriodCap(
        most=most, words=words, of=of, periods=periods, together=meter.visits == "together", most_periods=most_periods
    )


def _grace(to: Compiler, meter: doc.Grace) -> CompiledMeter:
    return sequences.GraceMeter(
        free=length_seconds(meter.free),
        boundary_free=meter.boundary == "free",
        whole=meter.longer_pays == "all",
        of=to.meter(meter.of),
    )


def _choose(to: Compiler, meter: doc.Choose) -> CompiledMeter:
    offers = [choices.CompiledOffer(o.name, _conditions(to, o.when), to.meter(o.of)) for o in meter.offers]
    return choices.ChooseMeter(offers=tuple(offers), pick=meter.pick, clock=to.clock, money=to.money)


def _conditions(to: Compiler, when: tuple[doc.Condition, ...]) -> choices.Conditions:
    found = choices.Conditions(None, None, None, None)
    for condition in when:
        match condition:
            case doc.Entered():
                found = found._replace(entered=(to.windows[condition.window], condition.end == "included"))
            case doc.Left():
                window = to.windows[condition.window]
                found = found._replace(left=(window, condition.end == "included", condition.days_later))
            case doc.Longer():
                found = found._replace(longer=length_seconds(condition.than))
            case doc.NotLonger():
                found = found._replace(not_longer=length_seconds(condition.than))
    return found


def _by_flag(to: Compiler, meter: doc.ByFlag) -> CompiledMeter:
    of: dict[object, CompiledMeter] = {True: to.meter(meter.yes), False: to.meter(meter.no)}
    return choices.ByFactMeter(fact=meter.fact, find=of.get, all_of=list(of.values()))


def _by_choice(to: Compiler, meter: doc.ByChoice) -> CompiledMeter:
    of: dict[object, CompiledMeter] = {}
    for case in meter.cases:
        of |= dict.fromkeys(case.values, to.meter(case.of))
    return choices.ByFactMeter(fact=meter.fact, find=of.get, all_of=list(of.values()))


def _by_number(to: Compiler, meter: doc.ByNumber) -> CompiledMeter:
    ranges = [(each.first, each.last, to.meter(each.of)) for each in meter.ranges]

    def find(value: bool | int | str) -> CompiledMeter | None:
        return next((of for first, last, of in ranges if isinstance(value, int) and first <= value <= last), None)

    return choices.ByFactMeter(fact=meter.fact, find=find, all_of=[of for _, _, of in ranges])


def _visits(to: Compiler, meter: doc.Visits) -> CompiledMeter:
    days = caps.DayPeriods(clock_seconds(meter.day_begins), to.clock)
    return caps.VisitsMeter(periods=days, of=to.meter(meter.of), days=to.days)


def _ladder(to: Compiler, meter: doc.Ladder) -> CompiledMeter:
    listed = {name: getattr(meter, name) for name in ("hourly", "daily", "weekly", "monthly")}
    return LadderMeter({name: None if price is None else to.scaled(price) for name, price in listed.items()})


_COMPILE: dict[type, Callable[[Compiler, Any], CompiledMeter]] = {
    doc.Free: lambda to, meter: prices.FreeMeter(meter.because),
    doc.Flat: lambda to, meter: prices.FlatMeter(to.scaled(meter.price)),
    doc.Units: _units,
    doc.Blocks: _blocks,
    doc.Slabs: _slabs,
    doc.Bands: _bands,
    doc.Repeat: _repeat,
    doc.Cap: _cap,
    doc.AtLeast: lambda to, meter: caps.AtLeastMeter(
        least=to.scaled(meter.price), words=to.words(meter.price), of=to.meter(meter.of)
    ),
    doc.Grace: _grace,
    doc.Choose: _choose,
    doc.ByFlag: _by_flag,
    doc.ByChoice: _by_choice,
    doc.ByNumber: _by_number,
    doc.Refuse: lambda to, meter: prices.RefuseMeter(meter.because),
    doc.Visits: _visits,
    doc.During: lambda to, meter: bands.DuringMeter(
        window=to.windows[meter.window], of=to.meter(meter.of), days=to.days
    ),
    doc.Sum: lambda to, meter: sequences.SumMeter(tuple([to.meter(of) for of in meter.of])),
    doc.Ladder: _ladder,
}
