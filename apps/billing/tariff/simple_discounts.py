"""The discounts of a rate structure: each holds where a fact says so, which a code, a validation or a permit lends."""

from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from .checks.surroundings import check_discounts
from .document.canonical import canonical_json, read_plan
from .document.meters import Text
from .document.plan import Amount, Choice, DiscountIf, Discounts, Flag, Number, Percent, PlanDocument, Time
from .refusals import Findings, InvalidPlan, PlanError

Stacking = Literal["inOrder", "best"]
NO_DISCOUNTS: Final = Discounts(stacking="inOrder", items=())


class SimpleDiscount(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Takes off `value`: percent of what is left, an amount of money, or whole minutes of time from `taken_from`.

    It holds for a stay whose `fact` is true (default: the fact named like the code).
    """

    code: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]
    name: Text
    kind: Literal["percent", "amount", "time"]
    value: Decimal
    taken_from: Literal["start", "end"] = "start"
    fact: Text | None = None

    @property
    def asks_for(self) -> str:
        """The fact that it holds for."""
        return self.fact or self.code

    def item(self) -> Percent | Amount | Time:
        """It as a plan has it."""
        when = (DiscountIf(fact=self.asks_for, equals=True),)
        if self.kind == "percent":
            return Percent(code=self.code, name=self.name, when=when, percent=self.value)
        if self.kind == "amount":
            return Amount(code=self.code, name=self.name, when=when, amount=self.value)
        return Time(code=self.code, name=self.name, when=when, time=self._length(), taken_from=self.taken_from)

    def _length(self) -> str:
        if not self.value.is_finite() or self.value != int(self.value) or not 0 < self.value < 100_000:
            raise InvalidPlan("discounts", f"{self.code}: time is taken off in whole minutes, 1 to 99999.")
        return f"{int(self.value)}m"


SimpleDiscounts = tuple[SimpleDiscount, ...]


def discounts_of(listed: SimpleDiscounts, stacking: Stacking) -> Discounts:
    """The discounts as a plan has them. Raises InvalidPlan for a time that is no whole minutes."""
    how: Literal["inOrder", "bestNamed"] = "bestNamed" if stacking == "best" else "inOrder"
    return Discounts(stacking=how, items=tuple(discount.item() for discount in listed))


def flags_of(listed: SimpleDiscounts) -> dict[str, Flag | Choice | Number]:
    """The facts that the discounts ask for: false where nobody has said."""
    return {discount.asks_for: Flag(absent=False) for discount in listed}


def require_discounts(plan: PlanDocument) -> None:
    """Raises InvalidPlan for discounts that cannot be meant, with the paths of the rate structure."""
    found = Findings()
    try:
        check_discounts(found, read_plan(canonical_json(plan)), set())
        found.refuse()
    except InvalidPlan as error:
        named = tuple(PlanError(_told(path), message) for path, message in error.errors)
        raise InvalidPlan(named[0].path, named[0].message, named) from None


def _told(path: str) -> str:
    place, _, member = path.replace("discounts.items[", "discounts[").rpartition(".")
    return f"{place}.{'value' if member in ('percent', 'amount', 'time') else member}"
