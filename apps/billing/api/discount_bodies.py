"""What clients send of discounts."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from apps.billing.tariff import SimpleDiscount
from apps.core.api import Body


class NewDiscount(Body, frozen=True, kw_only=True):
    """Takes off `value` where the stay's `fact` (default: the one named like the code) is true.

    `percent` of what is left, an `amount` of money, or `time` in whole minutes from the start or the end of the stay.
    """

    code: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,40}$")]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: Literal["percent", "amount", "time"]
    value: Decimal
    taken_from: Literal["start", "end"] = "start"
    fact: Annotated[str, Meta(min_length=1, max_length=80)] | None = None

    def discount(self) -> SimpleDiscount:
        """As the engine takes it."""
        return SimpleDiscount(**{name: getattr(self, name) for name in SimpleDiscount.__struct_fields__})


NewDiscounts = Annotated[tuple[NewDiscount, ...], Meta(max_length=50)]
