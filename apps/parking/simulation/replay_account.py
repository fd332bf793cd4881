"""The account of a replay: every event of every row ends up in one of its counts."""

from collections import Counter

import msgspec

from .stay_file import ENTRY, EXIT, StayRow

REFUSED_BEFORE = "refused_in_an_earlier_run"


class ReplayAccount(msgspec.Struct, kw_only=True):
    """What became of the events. `before` is how many vehicles stood there when the replay began.

    The oracle is `before` and the entries less the exits that were accepted now.
    """

    rows: int
    events: int
    before: int
    entries: int = 0
    exits: int = 0
    repeated: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    occupied: int = 0
    highest: int = 0
    seconds: float = 0.0
    _done: dict[str, set[str]] = msgspec.field(default_factory=dict)

    @property
    def oracle(self) -> int:
        return self.before + self.entries - self.exits

    @property
    def accepted(self) -> int:
        return self.entries + self.exits

    @property
    def handled(self) -> int:
        """Events that are accounted for."""
        return self.accepted + self.repeated + self.refused.total()

    @property
    def events_per_second(self) -> float:
        return self.handled / self.seconds if self.seconds else 0.0

    def accept(self, kind: str, row: StayRow) -> None:
        """An event that changed the occupancy; the oracle moves with it."""
        if kind == ENTRY:
            self.entries += 1
        else:
            self.exits += 1
        self._done.setdefault(row.key, set()).add(kind)

    def repeat(self, kind: str, row: StayRow) -> None:
        """An event that an earlier run recorded."""
        self.repeated += 1
        self._done.setdefault(row.key, set()).add(kind)

    def refuse(self, reason: str) -> None:
        self.refused[reason] += 1

    def stays(self) -> dict[str, int]:
        """How many rows have both events on record, one of them, or none."""
        found = Counter(frozenset(kinds) for kinds in self._done.values())
        whole, inside, outside = found[frozenset({ENTRY, EXIT})], found[frozenset({ENTRY})], found[frozenset({EXIT})]
        return {
            "whole": whole,
            "entry alone": inside,
            "exit alone": outside,
            "neither": self.rows - whole - inside - outside,
        }

    def lines(self) -> list[str]:
        """The account for a person to read."""
        refused = ", ".join(f"{count:,} {reason}" for reason, count in self.refused.most_common())
        stays = ", ".join(f"{count:,} {words}" for words, count in self.stays().items() if count)
        unhandled = self.events - self.handled
        return [
            f"rows       {self.rows:>9,}   {stays}",
            f"events     {self.events:>9,}" + (f"   {unhandled:,} not reached" if unhandled else ""),
            f"accepted   {self.accepted:>9,}   {self.entries:,} entries, {self.exits:,} exits",
            f"refused    {self.refused.total():>9,}" + (f"   {refused}" if refused else ""),
            f"repeated   {self.repeated:>9,}" + ("   on record from an earlier run" if self.repeated else ""),
            f"occupancy  {self.occupied:>9,}   oracle {self.oracle:,}: {self.before:,} before, and entries less exits; "
            f"compared after each accepted event; highest {self.highest:,}",
            f"time       {self.seconds:>9,.1f} s, {self.events_per_second:,.0f} events/s",
        ]
