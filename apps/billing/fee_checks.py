"""Whether recorded fees are what their plans and inputs make of them, years later."""

from collections.abc import Iterable, Iterator

import msgspec

from .kept_stays import price_kept
from .models import StayFee, TariffPlan
from .stay_accounts import kept_facts
from .tariff import CompiledPlan, Fee, InvalidStay, Line, restore


class Recount(msgspec.Struct):
    """How many fees were priced again, and how many could not be for they are older than what is kept of them now."""

    again: int = 0
    older: int = 0
    without_price: int = 0


def is_recomputable(fee: StayFee) -> bool:
    """Whether all that a fee was made of has been kept."""
    return bool(fee.plan_hash) and fee.entry_at is not None and fee.ended_at is not None


class KeptPlans:
    """The plans of the tenant that is entered, by their hashes; each is looked up and compiled once."""

    def __init__(self) -> None:
        self._known: dict[str, CompiledPlan | None] = {}

    def find(self, plan_hash: str) -> CompiledPlan | None:
        """The plan, ready to price; None where there is none of this hash."""
        if plan_hash not in self._known:
            kept = TariffPlan.objects.filter(hash=plan_hash).first()
            self._known[plan_hash] = None if kept is None else restore(kept.document.encode())
        return self._known[plan_hash]


def recompute(fee: StayFee, plans: KeptPlans) -> Fee | None:
    """The fee anew, of one that `is_recomputable`; None where its plan is gone or has no price for it."""
    plan = plans.find(fee.plan_hash)
    if plan is None or fee.entry_at is None or fee.ended_at is None:
        return None
    try:
        return price_kept(
            plan,
            stay_id=fee.stay_id,
            location_id=fee.location_id,
            vehicle_type=fee.vehicle_type,
            entry_at=fee.entry_at,
            ended_at=fee.ended_at,
            allowed_until=fee.allowed_until,
            told=kept_facts(fee),
        ).fee
    except InvalidStay:
        return None


def is_as_recorded(fee: StayFee, anew: Fee | None) -> bool:
    """Whether a fee anew says what was recorded, to the last word of its lines."""
    if anew is None:
        return False
    recorded = msgspec.convert(fee.lines, tuple[Line, ...])
    same_lines = anew.lines == recorded and anew.total == fee.total
    return same_lines and (anew.currency, anew.duration_minutes, anew.tax_rate) == (
        fee.currency, fee.duration_minutes, fee.tax_rate
    )  # fmt: skip


def find_wrong_fees(fees: Iterable[StayFee], recount: Recount) -> Iterator[str]:
    """Each fee that differs from what it was made of, in words; the rest is counted."""
    plans = KeptPlans()
    for fee in fees:
        if fee.total is None:
            recount.without_price += 1
            continue
        if not is_recomputable(fee):
            recount.older += 1
            continue
        recount.again += 1
        anew = recompute(fee, plans)
        if not is_as_recorded(fee, anew):
            found = "it has no price" if anew is None else f"it is {anew.total}"
            yield (
                f"fee of stay {fee.stay_id}: {fee.total} {fee.currency} (minor units) was recorded, "
                f"by plan {fee.plan_hash[:12]} and its inputs {found}"
            )
