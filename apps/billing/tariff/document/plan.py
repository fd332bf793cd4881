"""A plan as JSON: the meters, and all that goes around them."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .meters import AnyMeter, Many, Text
from .times import ClockTime, Date, Length

DAY_KINDS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Few = 50


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


class Flag(_Part, frozen=True, tag_field="kind", tag="flag"):
    """True or false; `absent` is what holds where nobody has said, null refuses to price such a stay."""

    absent: bool | None


class Choice(_Part, frozen=True, tag_field="kind", tag="choice"):
    """One of `words`; `vehicleType` is always told. Another word refuses to price the stay."""

    words: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=Many)]
    absent: Text | None


class Number(_Part, frozen=True, tag_field="kind", tag="number"):
    """A whole number within its bounds, both included."""

    smallest: int
    largest: int
    absent: int | None


class Calendar(_Part, frozen=True):
    """Dates of a kind of their own (holidays, event days): such a date is this, and no day of the week."""

    name: Annotated[str, Meta(pattern="^[a-z][A-Za-z0-9]{0,39}$")]
    dates: Annotated[tuple[Date, ...], Meta(min_length=1, max_length=5_000)]


class Window(_Part, frozen=True):
    """A time by the clock that begins on the listed days (mon to sun, or a calendar's name) and ends `ends_days_later`.

    It begins with its first instant and ends before its last. A clock time that a change of clocks skips comes at the
    change; one that comes twice counts the first time.
    """

    days: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=Few)]
    begins: ClockTime
    ends: ClockTime
    ends_days_later: Annotated[int, Meta(ge=0, le=7)]


class Edition(_Part, frozen=True):
    """The price list from a local date on; null since ever."""

    since: Date | None
    charge: AnyMeter


class OverstayTimes(_Part, frozen=True, tag_field="kind", tag="times"):
    """Leaving more than `tolerance` after the allowed end: the time past it costs `times` its ordinary price."""

    times: Decimal
    tolerance: Length


class OverstayCharge(_Part, frozen=True, tag_field="kind", tag="charge"):
    """The time past the allowed end costs this besides."""

    of: AnyMeter


class PaidThenCharge(_Part, frozen=True, tag_field="kind", tag="charge"):
    """The time from a payment to the next one or the exit costs this; the exit grace is a grace in it."""

    of: AnyMeter


class PaidThenWholeStay(_Part, frozen=True, tag_field="kind", tag="wholeStay"):
    """Within `free` of the payment nothing more; after it the whole stay is priced, less what was paid."""

    free: Length
    boundary: Literal["free", "charged"]


class DiscountIf(_Part, frozen=True):
    """A fact and the value that it must have."""

    fact: Text
    equals: bool | int | str


class _Discount(_Part, frozen=True, tag_field="kind"):
    code: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]
    name: Text
    when: Annotated[tuple[DiscountIf, ...], Meta(min_length=1, max_length=20)]


class Percent(_Discount, frozen=True, tag="percent"):
    """So many percent of what is left by the discounts before it."""

    percent: Decimal


class Amount(_Discount, frozen=True, tag="amount"):
    """A sum of money, at most what is left."""

    amount: Decimal


class Time(_Discount, frozen=True, tag="time"):
    """The first, or the last, time of the stay is not charged: the rest is priced as a stay of its own."""

    time: Length
    taken_from: Literal["start", "end"]


class Discounts(_Part, frozen=True):
    """`inOrder`: all that apply, one after another as listed. `best`: only the one that takes off most.

    `bestNamed`: the same, and each other one that applies is a line that says why it was passed over.
    """

    stacking: Literal["inOrder", "best", "bestNamed"]
    items: Annotated[tuple[Percent | Amount | Time, ...], Meta(max_length=Few)]


class Rounding(_Part, frozen=True):
    """Charges come out exact and are rounded to a multiple of `to`, each line for itself or on their sum."""

    to: Decimal
    mode: Literal["halfUp", "up", "down"]
    on: Literal["line", "total"]


class TaxRate(_Part, frozen=True):
    """Percent from a local date on; null since ever."""

    since: Date | None
    percent: Decimal


class Tax(_Part, frozen=True):
    """Contained in the prices (`inclusive`) or added; the rate of the day of entry or exit; rounded by line or once."""

    prices: Literal["inclusive", "exclusive"]
    rate_of: Literal["entry", "exit"]
    rounded_on: Literal["line", "total"]
    rates: Annotated[tuple[TaxRate, ...], Meta(min_length=1, max_length=Few)]


class PlanDocument(_Part, frozen=True):
    """A plan, format 1. Prices are in `currency`, dates and clock times in `zone` (IANA).

    `time`: lengths are `elapsed` time, or the difference of the `wallClock` at exit and entry. `precision`: instants
    are cut to whole seconds or to whole minutes. `governs`: which edition prices a stay that meets two: that of the
    `entry`, of the `exit`, or each its own part (`split`). `longerMayCostLess` owns up to a plan under which leaving
    later can be cheaper.
    """

    format: Literal[1]
    name: Text
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    zone: Text
    time: Literal["elapsed", "wallClock"]
    precision: Literal["second", "minute"]
    facts: Annotated[dict[Text, Flag | Choice | Number], Meta(max_length=Few)]
    calendars: Annotated[tuple[Calendar, ...], Meta(max_length=20)]
    windows: Annotated[dict[Text, Window], Meta(max_length=100)]
    governs: Literal["entry", "exit", "split"]
    editions: Annotated[tuple[Edition, ...], Meta(min_length=1, max_length=Few)]
    overstay: OverstayTimes | OverstayCharge | None
    after_payment: PaidThenCharge | PaidThenWholeStay | None
    discounts: Discounts
    rounding: Rounding
    tax: Tax
    longest_stay: Length | None
    longer_may_cost_less: bool
