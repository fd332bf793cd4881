"""The algebra of prices: each meter is a rule that prices a span of time, most by handing parts of it to other meters.

docs/tariffs.md explains every one with an example. All keys are required: what a plan means, it says.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .times import ClockTime, Length

Price = Decimal
Many = 500
Text = Annotated[str, Meta(min_length=1, max_length=80)]


class Meter(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="kind"):
    """A rule that prices a span of a stay. A span of no length costs nothing under every meter."""


class Free(Meter, frozen=True, tag="free"):
    """Nothing is charged."""

    because: Text


class Flat(Meter, frozen=True, tag="flat"):
    """One price for the span, however long."""

    price: Price


class Units(Meter, frozen=True, tag="units"):
    """`price` for each `per`, charged in steps of `step`: equal to `per` for whole units, less for pro rata.

    `count`: a step that has begun is charged (`started`), or only one that is over (`completed`).
    """

    price: Price
    per: Length
    step: Length
    count: Literal["started", "completed"]


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a sequence: `lasts` is a length, "until HH:MM" (the next time the clock shows it), or "rest"."""

    lasts: Annotated[str, Meta(max_length=20)]
    of: "AnyMeter"


class Blocks(Meter, frozen=True, tag="blocks"):
    """One after another, each for its part of the span: first hour, then steps; marginal tiers. The last is "rest"."""

    blocks: Annotated[tuple[Block, ...], Meta(min_length=1, max_length=Many)]


class Slab(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The price of a whole span of this length."""

    up_to: Length
    price: Price


class Slabs(Meter, frozen=True, tag="slabs"):
    """A table of prices by the span's whole length. `boundary`: whether a length of exactly `up_to` is in that row.

    Past the last row, `beyond` prices what is `left` after it, on top of that row's price, or the whole span `anew`.
    """

    slabs: Annotated[tuple[Slab, ...], Meta(min_length=1, max_length=Many)]
    boundary: Literal["included", "excluded"]
    past_the_last: Literal["left", "anew"]
    beyond: "AnyMeter"


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meter of a named clock window."""

    window: Text
    of: "AnyMeter"


class Bands(Meter, frozen=True, tag="bands"):
    """Prices by the clock: each visit of a window is metered for itself.

    At a window's end a unit that has begun is cut there and the next window starts afresh (`split`), or it is carried
    over to its own end (`carry`). `elsewhere` prices the time in none of the windows; null says that there is none.
    """

    boundary: Literal["split", "carry"]
    bands: Annotated[tuple[Band, ...], Meta(min_length=1, max_length=Many)]
    elsewhere: "AnyMeter | None"


class EachLength(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="length"):
    """Periods of a length, counted from the span's start."""

    of: Length


class EachDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="day"):
    """Calendar days, which begin `at` a clock time."""

    at: ClockTime


class EachWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="window"):
    """Every occurrence of a clock window."""

    window: Text


class WholeSpan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="span"):
    """The span itself, once."""


class Repeat(Meter, frozen=True, tag="repeat"):
    """Starts `of` afresh in each period: its first units, its grace and its caps come again."""

    each: EachLength | EachDay
    of: "AnyMeter"


class Cap(Meter, frozen=True, tag="cap"):
    """At most `at` in each period. `of` runs on beneath: a unit belongs to the period in which it begins.

    `visits`: `each` visit has the cap for itself, or all visits of the vehicle in the period share it (`together`).
    """

    at: Price
    per: EachLength | EachDay | EachWindow | WholeSpan
    visits: Literal["each", "together"]
    of: "AnyMeter"


class AtLeast(Meter, frozen=True, tag="atLeast"):
    """At least `price`."""

    price: Price
    of: "AnyMeter"


class Grace(Meter, frozen=True, tag="grace"):
    """A first free time. A longer span pays for `all` of it (all or nothing), or for the `rest` (an allowance).

    `boundary`: what a span of exactly that length is.
    """

    free: Length
    boundary: Literal["free", "charged"]
    longer_pays: Literal["all", "rest"]
    of: "AnyMeter"


class Entered(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="is", tag="entered"
):
    """The span begins inside a window; `end`: whether the window's last instant still counts."""

    window: Text
    end: Literal["included", "excluded"]


class Left(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, tag_field="is", tag="left"
):
    """The span ends inside a window that began so many local days after the one of `entered`, or after the entry."""

    window: Text
    end: Literal["included", "excluded"]
    days_later: Annotated[int, Meta(ge=0, le=31)]


class Longer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="longer"):
    """The span is longer than a length."""

    than: Length


class NotLonger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="notLonger"):
    """The span is a length or shorter."""

    than: Length


Condition = Entered | Left | Longer | NotLonger


class Offer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price that applies to the whole span if all of `when` hold; an empty list always holds."""

    name: Text
    when: Annotated[tuple[Condition, ...], Meta(max_length=20)]
    of: "AnyMeter"


class Choose(Meter, frozen=True, tag="choose"):
    """Competing prices for the whole span: of those that apply the `cheapest`, the `dearest`, or the `first` listed.

    The last one applies always, so that there is a price on a miss.
    """

    pick: Literal["cheapest", "dearest", "first"]
    offers: Annotated[tuple[Offer, ...], Meta(min_length=1, max_length=50)]


class ByFlag(Meter, frozen=True, tag="byFlag"):
    """By a fact that is true or false: a badge, a rail ticket, a lost ticket."""

    fact: Text
    yes: "AnyMeter"
    no: "AnyMeter"


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meter of some values."""

    values: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=Many)]
    of: "AnyMeter"


class ByChoice(Meter, frozen=True, tag="byChoice"):
    """By a fact that is one of several words: a vehicle type, a customer group. Every word has exactly one case."""

    fact: Text
    cases: Annotated[tuple[Case, ...], Meta(min_length=1, max_length=Many)]


class Range(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The whole numbers from `first` to `last`, both included."""

    first: int
    last: int
    of: "AnyMeter"


class ByNumber(Meter, frozen=True, tag="byNumber"):
    """By a fact that is a whole number: payload, length, axles. The ranges fill the fact's own, no gap, no overlap."""

    fact: Text
    ranges: Annotated[tuple[Range, ...], Meta(min_length=1, max_length=Many)]


class Refuse(Meter, frozen=True, tag="refuse"):
    """The list has no price for this: the stay is not priced, and the reason is told."""

    because: Text


class Visits(Meter, frozen=True, tag="visits"):
    """The time of a vehicle's visits on one day is added up; this visit pays what it adds. `of` is told the length."""

    day_begins: ClockTime
    of: "AnyMeter"


class During(Meter, frozen=True, tag="during"):
    """Only time inside a window counts, added up; outside of it the meter stands still. `of` is told the length."""

    window: Text
    of: "AnyMeter"


class Sum(Meter, frozen=True, tag="sum"):
    """Several meters, added."""

    of: Annotated[tuple["AnyMeter", ...], Meta(min_length=1, max_length=20)]


class Ladder(Meter, frozen=True, tag="ladder"):
    """Started hours, days of 24 h, weeks, months of 30 d; each larger one caps the smaller. Null: not offered."""

    hourly: Price | None
    daily: Price | None
    weekly: Price | None
    monthly: Price | None


AnyMeter = (
    Free
    | Flat
    | Units
    | Blocks
    | Slabs
    | Bands
    | Repeat
    | Cap
    | AtLeast
    | Grace
    | Choose
    | ByFlag
    | ByChoice
    | ByNumber
    | Refuse
    | Visits
    | During
    | Sum
    | Ladder
)
