"""The acceptance packs: published price lists as plans, with stays and what they cost.

A pack is {title, source, plans: {name: {reading, plan}}, refusedPlans, stays}. A stay's times are local to the plan's
zone unless they have an offset; `fees` has an exact amount for each plan, or null with `reason` where it has no price.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from apps.billing.tariff import Stay, Visit

FOLDER = Path(__file__).parent / "packs"
PACKS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(), parse_float=Decimal)
    for path in sorted(FOLDER.glob("*.json"))
    if path.stem != "yard"
}


@dataclass(frozen=True)
class Case:
    """A stay under a plan of a pack."""

    pack: str
    plan_name: str
    plan: dict[str, Any]
    facts: dict[str, Any]
    fee: Decimal | None

    @property
    def id(self) -> str:
        """For the test's name."""
        return f"{self.pack}/{self.plan_name}: {self.facts['entry']} to {self.facts['exit']}"

    def at(self, text: str) -> datetime:
        """A time of the pack as an instant in UTC."""
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(self.plan["zone"]))).astimezone(UTC)

    def stay(self) -> Stay:
        """The stay as the engine takes it."""
        facts = self.facts
        visits = [
            Visit(entry_at=self.at(v["entry"]), exit_at=self.at(v["exit"])) for v in facts.get("earlierVisits", ())
        ]
        return Stay(
            entry_at=self.at(facts["entry"]),
            exit_at=self.at(facts["exit"]),
            allowed_until=self.at(facts["allowedUntil"]) if "allowedUntil" in facts else None,
            facts=facts.get("facts", {}),
            earlier_visits=tuple(visits),
            paid_at=tuple(self.at(at) for at in facts.get("paidAt", ())),
        )


def plan_bytes(plan: dict[str, Any]) -> bytes:
    """A plan of a pack as JSON."""
    return json.dumps(plan, default=float).encode()


def cases() -> Iterator[Case]:
    """Every stay of every pack under every plan that it names."""
    for pack, content in PACKS.items():
        for facts in content["stays"]:
            for name, fee in facts["fees"].items():
                plan = content["plans"][name]["plan"]
                yield Case(pack, name, plan, facts, None if fee is None else Decimal(fee))
