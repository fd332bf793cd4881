"""The port for what a vehicle does elsewhere in time: its earlier visits, and the stays that are open.

Parking fills it at start-up. Nothing is asked unless a plan or a permit wants to know.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from .applicable_rates import ApplicableRate
from .plates import key_of
from .stays import PortNotFilled, StayFacts
from .tariff import Visit
from .tariff.stay import MOST_VISITS

OpenStays = Callable[[Sequence[str]], list[StayFacts]]
EarlierVisits = Callable[[str, UUID, datetime, datetime], list[tuple[datetime, datetime]]]
_open_stays: OpenStays | None = None
_earlier_visits: EarlierVisits | None = None

REACH = timedelta(days=9)
"""Visits that ended longer ago than this before an entry are in no day and no window (at most 8 days) of the stay."""


def register_vehicle_stays(*, open_stays: OpenStays, earlier_visits: EarlierVisits) -> None:
    """Fill the port.

    `open_stays(plate_keys)` gives the vehicles that are parked, within reach or not;
    `earlier_visits(plate_key, location_id, since, until)` the entries and exits (UTC) of stays there that ended in the
    period, in order.
    """
    global _open_stays, _earlier_visits
    _open_stays, _earlier_visits = open_stays, earlier_visits


def list_open_stays(plate_keys: Sequence[str]) -> list[StayFacts]:
    """The stays of these vehicles that are under way, by entry."""
    if _open_stays is None:
        raise PortNotFilled("parking registers its vehicles' stays at start-up")
    return sorted(_open_stays(plate_keys), key=lambda stay: (stay.entry_at, stay.stay_id))


def with_visits(
    stay: StayFacts, rate: ApplicableRate | None, *, besides: Sequence[tuple[datetime, datetime]] = ()
) -> StayFacts:
    """The stay with the vehicle's earlier visits, where its plan asks for them and nobody told them.

    Those to the same location count: a price list is that of a place, also where several places have the same.
    `besides` are some that parking has not on record yet.
    """
    if rate is None or not rate.asks_for_visits or stay.earlier_visits or not stay.vehicle_number:
        return stay
    if _earlier_visits is None:
        raise PortNotFilled("parking registers its vehicles' stays at start-up")
    key, entry = key_of(stay.vehicle_number), stay.entry_at
    found = _earlier_visits(key, stay.location_id, entry - REACH, entry)
    found = [*found, *[span for span in besides if entry - REACH <= span[1] <= entry]]
    return msgspec.structs.replace(stay, earlier_visits=apart(found)[-MOST_VISITS:])


def apart(spans: Sequence[tuple[datetime, datetime]]) -> tuple[Visit, ...]:
    """Spans in order as visits that do not overlap: what was back-dated into another one counts once."""
    visits: list[Visit] = []
    for begin, end in sorted(spans):
        start = max(begin, visits[-1].exit_at) if visits else begin
        if start < end:
            visits.append(Visit(entry_at=start, exit_at=end))
    return tuple(visits)
