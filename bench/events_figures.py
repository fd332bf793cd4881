"""How the events' figures are put and printed."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.meter import Usage

MILLI = 1000.0


@dataclass(frozen=True)
class Latencies:
    """Milliseconds from commit to hearing, sorted; what it cost; `own` is this process's CPU, in seconds."""

    waits: list[float]
    per_second: float
    used: Usage
    own: float

    @classmethod
    def of(cls, published: Mapping[str, float], heard: Mapping[str, float], used: Usage, *, own: float) -> "Latencies":
        waits = sorted(max(heard[event] - committed, 0.0) * MILLI for event, committed in published.items())
        took = max(published.values()) - min(published.values())
        return cls(waits=waits, per_second=len(waits) / took, used=used, own=own)

    def percentile(self, percent: int) -> float:
        return self.waits[len(self.waits) * percent // 100]


def print_waits(name: str, found: Latencies) -> None:
    """One line: rate, waits, and CPU an event."""
    each = MILLI / len(found.waits)
    p50, p99 = found.percentile(50), found.percentile(99)
    print(
        f"  {name:16}{found.per_second:5,.0f}/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"
        f"   CPU an event: hearer {found.used.service * each:5.2f} ms, PostgreSQL {found.used.postgres * each:5.2f} ms;"
        f" others took {found.used.others_share(own=found.own):.0%} of the processors",
        flush=True,
    )


def print_drained(name: str, count: int, seconds: float, used: Usage, own: float = 0.0) -> None:
    """One line: rate and CPU an event; `own` is this process's CPU seconds where it does the work itself."""
    each = MILLI / count
    print(
        f"  {name:16}{count:7,} at {count / seconds:9,.0f}/s"
        f"   CPU an event: hearer {(used.service + own) * each:6.3f} ms, PostgreSQL {used.postgres * each:6.3f} ms",
        flush=True,
    )
