"""What a price list changes: sums, days, places, the stays that feel it most, and those that it cannot price."""

from collections import defaultdict
from datetime import datetime
from heapq import heappush, heappushpop
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from .rerating import PastStay, Rerated

MOST_AFFECTED: Final = 20
_MOST_EXAMPLES: Final = 5


class Sums(msgspec.Struct):
    """Stays, what they cost when they were charged, and what they would have cost; in minor units."""

    stays: int = 0
    before: int = 0
    after: int = 0

    def add(self, before: int, after: int) -> None:
        """Count one stay more."""
        self.stays += 1
        self.before += before
        self.after += after


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """A stay whose price changes; instants are UTC, amounts minor units."""

    stay_id: UUID
    location_id: UUID
    vehicle_type: str
    entry_at: datetime
    ended_at: datetime
    before: int
    after: int


class Refused(msgspec.Struct, kw_only=True):
    """Stays that would have no price, for one reason: `before` is what they cost; the ids of a few of them."""

    reason: str
    detail: str
    stays: int = 0
    before: int = 0
    examples: list[UUID] = []


Groups = tuple[tuple[str, Sums], ...]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `total` and the groups leave out what is `refused`.

    `newly_priced` are those that had no price when they were charged: with them `before` is 0.
    """

    total: Sums
    by_location: Groups
    by_vehicle_type: Groups
    by_day: Groups
    dearer: int
    cheaper: int
    newly_priced: Sums
    most_dearer: tuple[Affected, ...]
    most_cheaper: tuple[Affected, ...]
    refused: tuple[Refused, ...]


class Tally:
    """Adds up stay by stay; days are those of `zone` on which the stays were charged."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._total, self._newly_priced = Sums(), Sums()
        self._by_location: dict[UUID, Sums] = defaultdict(Sums)
        self._by_vehicle_type: dict[str, Sums] = defaultdict(Sums)
        self._by_day: dict[str, Sums] = defaultdict(Sums)
        self._refused: dict[tuple[str, str], Refused] = {}
        self._dearer = self._cheaper = self._counted = 0
        self._most_dearer: list[tuple[int, int, PastStay, int]] = []
        self._most_cheaper: list[tuple[int, int, PastStay, int]] = []
        self._quarter, self._day = -1, ""

    def add(self, stay: PastStay, rerated: Rerated) -> None:
        """Count a stay with its price by the list."""
        self._counted += 1
        after = rerated.total
        if after is None:
            self._refuse(stay, rerated)
            return
        before = stay.total
        if before is None:
            self._newly_priced.add(0, after)
            before = 0
        for sums in (
            self._total,
            self._by_location[stay.location_id],
            self._by_vehicle_type[stay.vehicle_type],
            self._by_day[self._day_of(stay.charged_at)],
        ):
            sums.add(before, after)
        if after > before:
            self._dearer += 1
            self._keep(self._most_dearer, after - before, stay, after)
        elif after < before:
            self._cheaper += 1
            self._keep(self._most_cheaper, before - after, stay, after)

    def outcome(self) -> Outcome:
        """All that was added up; groups by their largest sums, days in order."""
        return Outcome(
            total=self._total,
            by_location=_largest_first({str(id): sums for id, sums in self._by_location.items()}),
            by_vehicle_type=_largest_first(self._by_vehicle_type),
            by_day=tuple(sorted(self._by_day.items())),
            dearer=self._dearer,
            cheaper=self._cheaper,
            newly_priced=self._newly_priced,
            most_dearer=_affected(self._most_dearer),
            most_cheaper=_affected(self._most_cheaper),
            refused=tuple(sorted(self._refused.values(), key=lambda refused: -refused.stays)),
        )

    def _refuse(self, stay: PastStay, rerated: Rerated) -> None:
        refused = self._refused.get((rerated.reason, rerated.detail))
        if refused is None:
            refused = Refused(reason=rerated.reason, detail=rerated.detail)
            self._refused[rerated.reason, rerated.detail] = refused
        refused.stays += 1
        refused.before += stay.total or 0
        if len(refused.examples) < _MOST_EXAMPLES:
            refused.examples.append(stay.stay_id)

    def _day_of(self, at: datetime) -> str:
        quarter = int(at.timestamp()) // 900  # within one, no zone begins a new day
        if quarter != self._quarter:
            self._quarter, self._day = quarter, at.astimezone(self._zone).date().isoformat()
        return self._day

    def _keep(self, heap: list[tuple[int, int, PastStay, int]], change: int, stay: PastStay, after: int) -> None:
        # of equal changes the stay that was charged first stays
        entry = (change, -self._counted, stay, after)
        if len(heap) < MOST_AFFECTED:
            heappush(heap, entry)
        elif change > heap[0][0]:
            heappushpop(heap, entry)


def _largest_first(groups: dict[str, Sums]) -> Groups:
    return tuple(sorted(groups.items(), key=lambda group: (-group[1].before - group[1].after, group[0])))


def _affected(heap: list[tuple[int, int, PastStay, int]]) -> tuple[Affected, ...]:
    found = []
    for _, _, stay, after in sorted(heap, reverse=True):
        assert stay.entry_at is not None
        assert stay.ended_at is not None
        found.append(
            Affected(
                stay_id=stay.stay_id,
                location_id=stay.location_id,
                vehicle_type=stay.vehicle_type,
                entry_at=stay.entry_at,
                ended_at=stay.ended_at,
                before=stay.total or 0,
                after=after,
            )
        )
    return tuple(found)
