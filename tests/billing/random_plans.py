"""Random plans and stays for the oracle: every kind of meter, on days on which clocks and calendars do odd things."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ODD_DAYS = {
    "Europe/Amsterdam": ["2026-03-29", "2026-10-25", "2024-02-29"],
    "America/New_York": ["2026-03-08", "2026-11-01", "2028-02-29"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04", "2024-12-31"],
    "Africa/Cairo": ["2026-04-24", "2026-10-29", "2024-02-28"],
    "America/Santiago": ["2026-09-06", "2026-04-04", "2026-04-05"],
    "America/Asuncion": ["2023-10-01", "2024-03-23", "2024-03-24"],
    "Asia/Beirut": ["2026-03-29", "2026-10-24", "2026-10-25"],
    "America/Havana": ["2026-03-08", "2026-11-01", "2026-10-31"],
    "Pacific/Apia": ["2011-12-29", "2011-12-31", "2026-06-01"],
    "Asia/Kolkata": ["2024-02-29", "2026-12-31", "2026-06-01"],
    "Asia/Tokyo": ["2028-02-28", "2026-01-01", "2026-06-01"],
}
Node = dict[str, Any]


class PlanMaker:
    """Makes one plan; lengths are of whole minutes, or of seconds where `fine`."""

    def __init__(self, chance: random.Random, *, fine: bool) -> None:
        self.chance, self.fine = chance, fine
        self.currency = chance.choice(["EUR", "JPY"])
        self.zone = chance.choice(list(ODD_DAYS))
        self.windows: dict[str, Node] = {}
        self.facts: dict[str, Node] = {}
        self.calendars: list[Node] = []
        self.kinds = list(DAYS)
        if chance.random() < 0.4:
            days = {chance.choice(ODD_DAYS[self.zone]), "2026-06-03", "2026-06-04"}
            self.calendars, self.kinds = [{"name": "holiday", "dates": sorted(days)}], [*DAYS, "holiday"]

    def price(self, most: int = 2_000) -> float:
        """A price in the currency."""
        minor = self.chance.choice([0, self.chance.randrange(most), 50 * self.chance.randrange(1, 40)])
        return minor if self.currency == "JPY" else minor / 100

    def length(self, *choices: str) -> str:
        """A length of minutes; of seconds where the plan is fine."""
        if self.fine and self.chance.random() < 0.5:
            return f"{self.chance.randrange(1, 900)}s"
        return self.chance.choice(
            choices or ("1m", "7m", "10m", "15m", "30m", "45m", "1h", "90m", "2h", "5h", "12h", "24h")
        )

    def meter(self, depth: int, *, clock: bool = True) -> Node:
        """A meter, with others in it up to a depth; without the `clock` its price depends on lengths alone."""
        leaves: list[Callable[[int, bool], Node]] = [
            self.units,
            self.units,
            self.flat,
            self.slabs,
            self.ladder,
            self.free,
        ]
        inner = [
            self.blocks,
            self.repeat,
            self.cap,
            self.cap,
            self.grace,
            self.at_least,
            self.choose,
            self.by,
            self.sum,
        ]
        on_clock = [self.bands, self.bands, self.during] if clock else []
        return self.chance.choice(leaves if depth <= 0 else [*inner, *on_clock, *on_clock, self.units])(
            depth - 1, clock
        )

    def carriable(self, depth: int) -> Node:
        """A meter that may be carried over a band's boundary."""
        kinds = [self.units, self.units, self.flat, self.free, self.ladder]
        if depth > 0 and self.chance.random() < 0.5:
            of = self.carriable(depth - 1)
            return self.chance.choice(
                [
                    {"kind": "cap", "at": self.price(5_000), "per": {"kind": "span"}, "visits": "each", "of": of},
                    {"kind": "atLeast", "price": self.price(), "of": of},
                    {"kind": "repeat", "each": {"kind": "length", "of": self.length("1h", "2h", "50m")}, "of": of},
                    {
                        "kind": "blocks",
                        "blocks": [
                            {"lasts": self.length("50m", "1h"), "of": of},
                            {"lasts": "rest", "of": self.units(0, False)},
                        ],
                    },
                ]
            )
        return self.chance.choice(kinds)(0, False)

    def free(self, depth: int, clock: bool) -> Node:
        return {"kind": "free", "because": "random"}

    def flat(self, depth: int, clock: bool) -> Node:
        return {"kind": "flat", "price": self.price()}

    def units(self, depth: int, clock: bool) -> Node:
        per = self.length()
        step = self.chance.choice([per, per, "1s" if self.fine else "1m"])
        return (
            {
                "kind": "units",
                "price": self.price(),
                "per": per,
                "step": step if per != "1s" else per,
                "count": self.chance.choice(["started", "started", "completed"]),
            }
            if _seconds(step) <= _seconds(per)
            else ({"kind": "units", "price": self.price(), "per": per, "step": per, "count": "started"})
        )

    def ladder(self, depth: int, clock: bool) -> Node:
        prices = [self.chance.choice([None, self.price(20_000)]) for _ in range(4)]
        names = ("hourly", "daily", "weekly", "monthly")
        return {"kind": "ladder"} | dict(
            zip(names, prices if any(p is not None for p in prices) else [1, None, None, None], strict=True)
        )

    def slabs(self, depth: int, clock: bool) -> Node:
        lengths = sorted({self.length() for _ in range(self.chance.randrange(1, 5))}, key=_seconds)
        distinct = [
            one for place, one in enumerate(lengths) if not place or _seconds(one) > _seconds(lengths[place - 1])
        ]
        return {
            "kind": "slabs",
            "slabs": [{"upTo": each, "price": self.price()} for each in distinct],
            "boundary": self.chance.choice(["included", "excluded"]),
            "pastTheLast": self.chance.choice(["left", "anew"]),
            "beyond": self.meter(min(depth, 0), clock=clock),
        }

    def blocks(self, depth: int, clock: bool) -> Node:
        def lasts() -> str:
            return f"until {self.half_hour()}" if clock and self.chance.random() < 0.3 else self.length()

        blocks = [{"lasts": lasts(), "of": self.meter(depth, clock=clock)} for _ in range(self.chance.randrange(1, 3))]
        return {"kind": "blocks", "blocks": [*blocks, {"lasts": "rest", "of": self.meter(depth, clock=clock)}]}

    def repeat(self, depth: int, clock: bool) -> Node:
        day = clock and self.chance.random() < 0.4
        each = (
            {"kind": "day", "at": self.half_hour()}
            if day
            else {"kind": "length", "of": self.length("1h", "5h", "24h", "36h")}
        )
        return {"kind": "repeat", "each": each, "of": self.meter(depth, clock=clock)}

    def cap(self, depth: int, clock: bool) -> Node:
        kinds: list[Node] = [{"kind": "span"}, {"kind": "length", "of": self.length("5h", "24h", "36h")}]
        if clock:
            kinds += [{"kind": "day", "at": self.half_hour()}, {"kind": "window", "window": self.window()}]
        per = self.chance.choice(kinds)
        shared = per["kind"] in ("day", "window") and self.chance.random() < 0.3
        return {
            "kind": "cap",
            "at": self.price(8_000),
            "per": per,
            "visits": "together" if shared else "each",
            "of": self.meter(depth, clock=clock),
        }

    def grace(self, depth: int, clock: bool) -> Node:
        return {
            "kind": "grace",
            "free": self.length("10m", "15m", "1h", "3h"),
            "boundary": self.chance.choice(["free", "charged"]),
            "longerPays": self.chance.choice(["all", "rest"]),
            "of": self.meter(depth, clock=clock),
        }

    def at_least(self, depth: int, clock: bool) -> Node:
        return {"kind": "atLeast", "price": self.price(), "of": self.meter(depth, clock=clock)}

    def sum(self, depth: int, clock: bool) -> Node:
        return {"kind": "sum", "of": [self.meter(depth - 1, clock=clock) for _ in range(2)]}

    def choose(self, depth: int, clock: bool) -> Node:
        offers = [
            {"name": f"offer {n}", "when": self.conditions(clock), "of": self.meter(depth - 1, clock=clock)}
            for n in range(self.chance.randrange(1, 3))
        ]
        return {
            "kind": "choose",
            "pick": self.chance.choice(["cheapest", "dearest", "first"]),
            "offers": [*offers, {"name": "else", "when": [], "of": self.meter(depth - 1, clock=clock)}],
        }

    def conditions(self, clock: bool) -> list[Node]:
        found: list[Node] = []
        ends = ["included", "excluded"]
        if clock and self.chance.random() < 0.8:
            found.append({"is": "entered", "window": self.window(), "end": self.chance.choice(ends)})
        if clock and self.chance.random() < 0.6:
            later = self.chance.randrange(2)
            found.append({"is": "left", "window": self.window(), "end": self.chance.choice(ends), "daysLater": later})
        if not found or self.chance.random() < 0.3:
            found.append({"is": self.chance.choice(["longer", "notLonger"]), "than": self.length()})
        return found

    def by(self, depth: int, clock: bool) -> Node:
        kind = self.chance.choice(["byFlag", "byChoice", "byNumber"])
        one, other = self.meter(depth - 1, clock=clock), self.meter(depth - 1, clock=clock)
        if kind == "byFlag":
            self.facts["badge"] = {"kind": "flag", "absent": False}
            return {"kind": kind, "fact": "badge", "yes": one, "no": other}
        if kind == "byChoice":
            self.facts["vehicleType"] = {"kind": "choice", "words": ["car", "van", "bus"], "absent": None}
            return {
                "kind": kind,
                "fact": "vehicleType",
                "cases": [{"values": ["car", "bus"], "of": one}, {"values": ["van"], "of": other}],
            }
        self.facts["payloadKg"] = {"kind": "number", "smallest": 0, "largest": 9_000, "absent": 0}
        ranges = [{"first": 0, "last": 3_000, "of": one}, {"first": 3_001, "last": 9_000, "of": other}]
        return {"kind": kind, "fact": "payloadKg", "ranges": ranges}

    def during(self, depth: int, clock: bool) -> Node:
        return {"kind": "during", "window": self.window(), "of": self.meter(depth, clock=False)}

    def bands(self, depth: int, clock: bool) -> Node:
        carry = self.chance.random() < 0.4
        of = self.carriable if carry else self.meter
        edges = sorted({self.half_hour() for _ in range(self.chance.randrange(2, 5))} | {"06:00", "21:30"})
        names = []
        for begins, ends in zip(edges, edges[1:] + edges[:1], strict=True):
            names.append(self.named(begins, ends, 0 if ends > begins else 1, self.kinds))
        whole = self.chance.random() < 0.6
        kept = names if whole else names[:-1]
        elsewhere = None if whole else of(min(depth, 1))
        return {
            "kind": "bands",
            "boundary": "carry" if carry else "split",
            "bands": [{"window": name, "of": of(min(depth, 1))} for name in kept],
            "elsewhere": elsewhere,
        }

    def window(self) -> str:
        """A new window on some days."""
        days = self.chance.choice([self.kinds, self.kinds[:5], ["fri", "sat", "sun"], self.kinds[-1:]])
        begins, ends = self.half_hour(), self.half_hour()
        return self.named(begins, ends, 0 if ends > begins else 1, days)

    def named(self, begins: str, ends: str, later: int, days: list[str]) -> str:
        """Adds a window."""
        name = f"w{len(self.windows)}"
        self.windows[name] = {"days": days, "begins": begins, "ends": ends, "endsDaysLater": later}
        return name

    def half_hour(self) -> str:
        """A clock time, often one that the change of clocks touches."""
        hour = self.chance.choice([0, 1, 2, 3, 7, 8, 12, 17, 18, 20, 22, 23])
        return f"{hour:02}:{self.chance.choice(['00', '00', '30'])}"

    def plan(self) -> Node:
        """A whole plan."""
        chance = self.chance
        if chance.random() < 0.12:
            root: Node = {"kind": "visits", "dayBegins": self.half_hour(), "of": self.meter(2, clock=False)}
        else:
            root = self.meter(chance.randrange(1, 4))
        editions = [{"since": None, "charge": root}]
        if chance.random() < 0.3:
            editions.append({"since": chance.choice(ODD_DAYS[self.zone]), "charge": self.meter(1)})
        return {
            "format": 1,
            "name": "random",
            "currency": self.currency,
            "zone": self.zone,
            "time": chance.choice(["elapsed", "elapsed", "elapsed", "wallClock"]),
            "precision": "second" if self.fine else chance.choice(["second", "minute"]),
            "facts": self.facts,
            "calendars": self.calendars,
            "windows": self.windows,
            "governs": chance.choice(["entry", "exit", "split"]),
            "editions": editions,
            **self.surroundings(),
            "longestStay": "366d",
            "longerMayCostLess": True,
        }

    def surroundings(self) -> Node:
        """What stands around the meters."""
        chance, unit = self.chance, 1 if self.currency == "JPY" else 0.01
        items: list[Node] = []
        if chance.random() < 0.3:
            when = [{"fact": "resident", "equals": True}]
            self.facts["resident"] = {"kind": "flag", "absent": False}
            items = [
                {
                    "kind": "percent",
                    "code": "P",
                    "name": "percent",
                    "when": when,
                    "percent": chance.choice([10, 33.3, 100]),
                },
                {"kind": "amount", "code": "A", "name": "amount", "when": when, "amount": self.price()},
                {
                    "kind": "time",
                    "code": "T",
                    "name": "time",
                    "when": when,
                    "time": "1h",
                    "takenFrom": chance.choice(["start", "end"]),
                },
            ]
            chance.shuffle(items)
        overstay: list[Node | None] = [None, {"kind": "times", "times": chance.choice([1, 1.5, 3]), "tolerance": "15m"}]
        overstay.append({"kind": "charge", "of": self.meter(1)})
        since = [{"since": None, "percent": chance.choice([0, 18, 8.875])}]
        if chance.random() < 0.3:
            since.append({"since": chance.choice(ODD_DAYS[self.zone]), "percent": 21})
        after: list[Node] = [{"kind": "charge", "of": self.meter(1)}]
        after.append({"kind": "wholeStay", "free": "15m", "boundary": chance.choice(["free", "charged"])})
        return {
            "overstay": chance.choice(overstay),
            "afterPayment": chance.choice(after),
            "discounts": {
                "stacking": chance.choice(["inOrder", "best", "bestNamed"]),
                "items": items[: chance.randrange(1, 4)],
            },
            "rounding": {
                "to": chance.choice([unit, unit, 5 * unit]),
                "mode": chance.choice(["halfUp", "up", "down"]),
                "on": "total",
            },
            "tax": {
                "prices": chance.choice(["inclusive", "exclusive"]),
                "rateOf": chance.choice(["entry", "exit"]),
                "roundedOn": "total",
                "rates": since,
            },
        }


def random_entry(chance: random.Random, zone: str) -> datetime:
    """An entry on a whole minute (UTC), mostly around a day on which something is odd."""
    day = date.fromisoformat(chance.choice(ODD_DAYS[zone])) - timedelta(days=chance.choice([0, 0, 1, 1, 2, 9]))
    if chance.random() < 0.2:
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(365))
    minute = chance.choice([chance.randrange(1_440), 30 * chance.randrange(48)])
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)


def _seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[text[-1]]
