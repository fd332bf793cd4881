"""Samples of rounds, their medians, and how they are printed."""

import statistics
from dataclasses import dataclass

from bench.floor import Floor
from bench.load import Sent
from bench.meter import Usage

MICRO = 1e6
MOST_OTHERS = 15.0
"""Percent of the processors that others may take for a sample to count."""


@dataclass(frozen=True)
class Sample:
    """One round of one contestant: latencies in milliseconds, CPU in microseconds a request.

    `others` is the percentage of the processors that went to what has nothing to do with the measurement.
    """

    per_second: float
    p50: float | None
    p95: float | None
    p99: float | None
    python: float
    postgres: float
    redis: float
    client: float
    others: float

    @property
    def together(self) -> float:
        return self.python + self.postgres + self.redis + self.client

    @classmethod
    def of_service(cls, sent: Sent, used: Usage) -> "Sample":
        each = MICRO / len(sent.latencies)
        return cls(
            per_second=sent.per_second,
            p50=sent.percentile(0.50) * 1000,
            p95=sent.percentile(0.95) * 1000,
            p99=sent.percentile(0.99) * 1000,
            python=used.service * each,
            postgres=used.postgres * each,
            redis=used.redis * each,
            client=sent.cpu_seconds * each,
            others=used.others_share(own=sent.cpu_seconds) * 100,
        )

    @classmethod
    def of_floor(cls, reached: Floor, used: Usage) -> "Sample":
        each = MICRO / reached.transactions
        return cls(
            per_second=reached.per_second,
            p50=None,
            p95=None,
            p99=None,
            python=0.0,
            postgres=used.postgres * each,
            redis=0.0,
            client=reached.cpu_seconds * each,
            others=used.others_share(own=reached.cpu_seconds) * 100,
        )


class Figures:
    """All samples by the contestant's name."""

    def __init__(self) -> None:
        self._samples: dict[str, list[Sample]] = {}
        self._goals: list[tuple[str, float, float, bool]] = []

    def add(self, name: str, sample: Sample) -> None:
        self._samples.setdefault(name, []).append(sample)

    def forget(self) -> None:
        """Drop what was seen so far."""
        self._samples.clear()

    def latest(self) -> str:
        """The last round in a line."""
        return ", ".join(f"{name} {samples[-1].per_second:,.0f}/s" for name, samples in self._samples.items())

    def print_all(self, *, hot: bool) -> None:
        """The table of entries and exits, and what is to be reached."""
        self._print_table()
        if hot:
            for kind in ("entry", "exit"):
                self._goal(f"hot {kind} / spread {kind}", self._ratio(f"hot product {kind}", f"product {kind}"), 0.6)
        else:
            self._goal("entry / floor", self._ratio("product entry", "floor entry"), 0.35)
            self._goal("entry / rival", self._ratio("product entry", "rival entry"), 1.0)
            self._goal("exit / floor", self._ratio("product exit", "floor exit"), 0.25)
            self._print_ratio("exit / rival", "product exit", "rival exit")
            for kind in ("entry", "exit"):
                self._print_ratio(f"{kind} / own statements", f"product {kind}", f"own statements {kind}")
                self._print_cpu_ratio(f"{kind}: CPU of the floor / ours", f"floor {kind}", f"product {kind}")
                self._print_cpu_ratio(f"{kind}: CPU of the rival / ours", f"rival {kind}", f"product {kind}")
            for kind in ("entry", "exit"):
                spread = self._median(f"product {kind}", "p99") / self._median(f"product {kind}", "p50")
                self._goal(f"{kind}: p99 / p50", spread, 5.0, at_most=True)
        print()

    def print_reads(self) -> None:
        """The table of reads, and what is to be reached."""
        self._print_table()
        self._goal("Python µs a read", self._median("read", "python"), 600, at_most=True)

    def _print_table(self) -> None:
        print(f"\n{'':22}{'a second':>10}{'p50 ms':>9}{'p95':>7}{'p99':>7}", end="")
        print(f"{'Python':>10}{'PostgreSQL':>12}{'Redis':>7}{'client':>8}{'together':>10}{'others':>8}")
        for name in self._samples:
            latencies = "".join(self._latency(name, which) for which in ("p50", "p95", "p99"))
            service = f"{self._median(name, 'python'):>10,.0f}{self._median(name, 'postgres'):>12,.0f}"
            rest = f"{self._median(name, 'redis'):>7,.0f}{self._median(name, 'client'):>8,.0f}"
            machine = f"{self._median(name, 'together'):>10,.0f}{self._median(name, 'others'):>7.0f}%"
            print(f"{name:22}{self._median(name, 'per_second'):>10,.0f}{latencies}{service}{rest}{machine}")
        print("Python … together: µs of CPU a request. others: what the rest of the machine took of its processors.")
        told = sum(len(self._quiet_rounds(name)) for name in self._samples)
        made = sum(len(samples) for samples in self._samples.values())
        print(
            f"Medians of {told} of {made} samples: those with others below {MOST_OTHERS:.0f}%, where there are any.\n"
        )

    def _latency(self, name: str, which: str) -> str:
        width = 9 if which == "p50" else 7
        if getattr(self._samples[name][0], which) is None:
            return " " * width
        return f"{self._median(name, which):>{width}.1f}"

    def _goal(self, name: str, found: float, wanted: float, *, at_most: bool = False) -> None:
        reached = found <= wanted if at_most else found >= wanted
        sign = "≤" if at_most else "≥"
        print(f"  {name:35} {found:.2f}   {sign} {wanted:g}: {'reached' if reached else 'MISSED'}")

    def _print_ratio(self, label: str, name: str, yardstick: str) -> None:
        print(f"  {label:35} {self._ratio(name, yardstick):.2f}")

    def _print_cpu_ratio(self, label: str, yardstick: str, name: str) -> None:
        # what the throughputs come to on a machine with nothing else to do, and where no one waits for the disk
        print(f"  {label:35} {self._ratio(yardstick, name, 'together'):.2f}")

    def _median(self, name: str, which: str) -> float:
        return statistics.median(getattr(self._samples[name][number], which) for number in self._quiet_rounds(name))

    def _quiet_rounds(self, *names: str) -> list[int]:
        """The rounds in which the machine did little else, for all of these; all rounds where there was none such."""
        rounds = list(range(len(self._samples[names[0]])))
        quiet = [number for number in rounds if all(self._samples[n][number].others <= MOST_OTHERS for n in names)]
        return quiet or rounds

    def _ratio(self, name: str, yardstick: str, which: str = "per_second") -> float:
        """The median of the rounds' own ratios, so that both sides had the same weather."""
        mine, theirs = self._samples[name], self._samples[yardstick]
        rounds = self._quiet_rounds(name, yardstick)
        return statistics.median(getattr(mine[n], which) / getattr(theirs[n], which) for n in rounds)
