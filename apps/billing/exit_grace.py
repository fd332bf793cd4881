"""How long a vehicle may stay after a payment at a pay station without owing more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from .applicable_rates import ApplicableRate
from .paid_before import foresees_payments
from .pricing import price_under
from .stays import StayFacts

LONGEST: Final = timedelta(hours=24)
"""Nobody is told of a longer time, however long nothing more would be due."""

_FIRST, _THEN = timedelta(minutes=1), timedelta(minutes=5)


def find_paid_until(rate: ApplicableRate, *, stay: StayFacts, paid_at: datetime, grace_minutes: int) -> datetime:
    """The last instant (UTC, to the second) until which a stay that was paid for at `paid_at` owes no more.

    A plan that says what holds after a payment decides; else it is the end of the operator's grace, or of the time
    that was paid for where that ends later. The edge is looked for minute by minute for an hour and every five minutes
    from then on, and found between two of these by halving.
    """
    if foresees_payments(rate.plan):
        # its own end, so that the whole history is handed to the plan
        paid = msgspec.structs.replace(stay, paid_at=(*stay.paid_at, paid_at), paid_until=paid_at)
        return _last_free(rate, paid, paid_at)
    whole = msgspec.structs.replace(stay, paid_at=(), paid_until=None)
    return max(paid_at + timedelta(minutes=grace_minutes), _last_free(rate, whole, paid_at))


def _last_free(rate: ApplicableRate, stay: StayFacts, paid_at: datetime) -> datetime:
    settled = _total(rate, stay, paid_at)
    free = paid_at
    for probe in _probes(paid_at):
        if _owes(rate, stay, probe, settled):
            return _edge(rate, stay, free, probe, settled)
        free = probe
    return free


def _probes(paid_at: datetime) -> Iterator[datetime]:
    after = _FIRST
    while after <= LONGEST:
        yield paid_at + after
        after += _FIRST if after < timedelta(hours=1) else _THEN


def _edge(rate: ApplicableRate, stay: StayFacts, free: datetime, owing: datetime, settled: int | None) -> datetime:
    while owing - free > timedelta(seconds=1):
        middle = free + timedelta(seconds=int((owing - free).total_seconds()) // 2)
        free, owing = (free, middle) if _owes(rate, stay, middle, settled) else (middle, owing)
    return free


def _owes(rate: ApplicableRate, stay: StayFacts, at: datetime, settled: int | None) -> bool:
    total = _total(rate, stay, at)
    return settled is None or total is None or total > settled


def _total(rate: ApplicableRate, stay: StayFacts, at: datetime) -> int | None:
    fee = price_under(rate, stay=stay, until=at).fee
    return None if fee is None else fee.total
