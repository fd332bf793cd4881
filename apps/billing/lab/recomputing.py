"""A recorded fee, priced again from the plan and the inputs that were kept with it."""

from datetime import datetime

from apps.billing.tariff import CompiledPlan, Fee, InvalidStay, Stay, Unpriceable

from .rerating import Told


def price_again(
    plan: CompiledPlan,
    *,
    vehicle_type: str,
    entry_at: datetime,
    ended_at: datetime,
    allowed_until: datetime | None,
    told: Told,
) -> Fee | None:
    """The fee of a stay by what was kept of it (instants are UTC); None where the plan has no price for it."""
    try:
        return plan.price(
            Stay(
                entry_at=entry_at,
                exit_at=ended_at,
                allowed_until=allowed_until,
                facts={**told.facts, "vehicleType": vehicle_type},
                earlier_visits=told.earlier_visits,
                paid_at=told.paid_at,
            )
        )
    except (Unpriceable, InvalidStay):
        return None
