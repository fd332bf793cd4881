"""What a plan that nobody has saved yet would charge, for stays of any length from one entry on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from apps.billing.tariff import CompiledPlan, Plan, Stay, Unpriceable

from .curve import GRID_SECONDS, MOST_PRICES, Curve, trace
from .rerating import Rerated

_MOST_WORK: Final = 2_000_000
_FEWEST_PRICES: Final = 120


def preview(
    plan: Plan | CompiledPlan,
    *,
    entry_at: datetime,
    hours: int,
    facts: Mapping[str, bool | int | str],
    allowed_until: datetime | None = None,
) -> Curve:
    """The fee of a stay that begins at `entry_at` (UTC), over its length up to so many hours.

    A plan that takes long to price is looked at less closely.
    """
    compiled = plan.compiled if isinstance(plan, Plan) else plan
    most = max(_FEWEST_PRICES, min(MOST_PRICES, _MOST_WORK // compiled.work))
    until = hours * 3_600

    def price_after(seconds: int) -> Rerated:
        ends = entry_at + timedelta(seconds=seconds)
        try:
            stay = Stay(entry_at=entry_at, exit_at=ends, allowed_until=allowed_until, facts=facts)
            return Rerated(compiled.total(stay))
        except Unpriceable as error:
            return Rerated(None, error.code, str(error))

    return trace(price_after, until, grid=max(GRID_SECONDS, -(-2 * until // most)), most_prices=most)
