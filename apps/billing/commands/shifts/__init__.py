"""Cash shifts: opened with a float, worked at, closed or handed over by a blind count, counted again."""

from .at_the_drawer import move_cash, report_incident
from .counting import Count, count_shift
from .holding import NoOpenShift, drawer_of, require_open_shift
from .opening import open_shift, take_over_shift
from .recounting import recount_shift

__all__ = [
    "Count",
    "NoOpenShift",
    "count_shift",
    "drawer_of",
    "move_cash",
    "open_shift",
    "recount_shift",
    "report_incident",
    "require_open_shift",
    "take_over_shift",
]
