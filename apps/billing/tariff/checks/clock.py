"""Calendars and windows, and whether bands leave time over or claim it twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from apps.billing.tariff.document.meters import Bands
from apps.billing.tariff.document.plan import DAY_KINDS, PlanDocument, Window
from apps.billing.tariff.document.times import clock_seconds
from apps.billing.tariff.local_clock import DAY, day_number
from apps.billing.tariff.refusals import Findings
from apps.billing.tariff.windows import DayKinds

_REACH = 8
MOST_DATES = 5_000
Week = tuple[str, ...]
"""The kinds of some days in a row; windows that begun on them reach into the last one."""


class Claim(NamedTuple):
    """A part of a day, in seconds after 00:00, and the window that it belongs to."""

    start: int
    end: int
    window: str


def check_calendars(found: Findings, plan: PlanDocument) -> dict[int, str]:
    """Dates that exist, each in one calendar. Gives them by their number."""
    named: dict[int, str] = {}
    for place, calendar in enumerate(plan.calendars):
        path = f"calendars[{place}]"
        if calendar.name in DAY_KINDS or calendar.name in {other.name for other in plan.calendars[:place]}:
            found.add(f"{path}.name", f"{calendar.name!r} is taken; choose another name.")
        for text in calendar.dates:
            try:
                day = day_number(text)
            except ValueError:
                found.add(f"{path}.dates", f"{text} is no date.")
                continue
            if day in named:
                found.add(f"{path}.dates", f"{text} is {named[day]!r} and {calendar.name!r}; take it out of one.")
            named[day] = calendar.name
    if len(named) > MOST_DATES:
        found.add("calendars", f"At most {MOST_DATES} dates.")
    return named


def check_windows(found: Findings, plan: PlanDocument, named: dict[int, str], used: set[str]) -> None:
    """Windows that begin before they end, on days there are, and never overlap themselves."""
    kinds = {*DAY_KINDS, *[calendar.name for calendar in plan.calendars]}
    weeks = list(weeks_of(named))
    for name, window in plan.windows.items():
        path = f"windows.{name}"
        if name not in used:
            found.add(path, "Nothing uses this window; use it or leave it out.")
        _check_window(found, path, window, kinds)
        _report_claims(found, path, {name: window}, weeks)
    for kind in sorted(kinds - set(DAY_KINDS)):
        if not any(kind in window.days for window in plan.windows.values()):
            found.add(
                "calendars",
                f"No window begins on a day of {kind!r}; add it to the days of those that hold then, or give it "
                "a window of its own (of a free meter, where nothing is charged).",
            )


def _check_window(found: Findings, path: str, window: Window, kinds: set[str]) -> None:
    for kind, times in Counter(window.days).items():
        if times > 1:
            found.add(f"{path}.days", f"{kind!r} is there twice.")
        if kind not in kinds:
            found.add(f"{path}.days", f"{kind!r} is no day; there are {', '.join(sorted(kinds))}.")
    if window.begins == "24:00":
        found.add(f"{path}.begins", 'A day begins at "00:00".')
    if not window.ends_days_later and clock_seconds(window.ends) <= clock_seconds(window.begins):
        found.add(
            f"{path}.ends", f"{window.ends} is not after {window.begins}; if it is the next day, endsDaysLater is 1."
        )


def check_bands(found: Findings, path: str, bands: Bands, plan: PlanDocument, named: dict[int, str]) -> None:
    """Every second of every kind of day belongs to exactly one band, or to `elsewhere`."""
    windows = {band.window: plan.windows[band.window] for band in bands.bands if band.window in plan.windows}
    if len(windows) < len(bands.bands):
        found.add(f"{path}.bands", "Each band needs a window of its own that the plan names.")
        return
    gaps = _report_claims(found, f"{path}.bands", windows, list(weeks_of(named)))
    if bands.elsewhere is None:
        for gap in gaps[:3]:
            found.add(f"{path}.bands", f"{gap} belongs to no band; widen a window, add one, or say `elsewhere`.")
    elif not gaps:
        found.add(f"{path}.elsewhere", "The bands leave no time over; set `elsewhere` to null.")


def _report_claims(found: Findings, path: str, windows: dict[str, Window], weeks: Iterable[Week]) -> list[str]:
    """Adds an error for the first conflict of each kind of day; gives what is left over."""
    gaps: list[str] = []
    for week in weeks:
        end = 0
        last = ""
        for claim in sorted(_claims(week, windows)):
            if claim.start < end:
                both = f"{last!r} and {claim.window!r}" if last != claim.window else f"{last!r} twice"
                found.add(
                    path, f"{week[-1]} {_clock(claim.start)} belongs to {both}; let one end where the next begins."
                )
                return gaps
            if claim.start > end:
                gaps.append(f"{week[-1]} {_clock(end)}–{_clock(claim.start)}")
            end, last = claim.end, claim.window
        if end < DAY:
            gaps.append(f"{week[-1]} {_clock(end)}–24:00")
    return list(dict.fromkeys(gaps))


def _claims(week: Week, windows: dict[str, Window]) -> Iterator[Claim]:
    """What windows claim of the last day of a row of days."""
    for name, window in windows.items():
        for ago in range(window.ends_days_later + 1):
            if week[-1 - ago] in window.days:
                start = max(0, clock_seconds(window.begins) - ago * DAY)
                end = min(DAY, clock_seconds(window.ends) + (window.ends_days_later - ago) * DAY)
                if start < end:
                    yield Claim(start, end, name)


def weeks_of(named: dict[int, str]) -> Iterator[Week]:
    """Each different row of days that can lead up to a day: the plain weekdays, and those with a calendar's dates."""
    kinds = DayKinds(named)
    plain = DayKinds({})
    seen = dict.fromkeys(_week(plain, day) for day in range(7))
    for date in named:
        for day in range(date, date + _REACH + 1):
            seen[_week(kinds, day)] = None
    yield from seen


def _week(kinds: DayKinds, day: int) -> Week:
    return tuple([kinds.kind(each) for each in range(day - _REACH, day + 1)])


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
