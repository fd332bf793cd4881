"""Past stays priced anew by a plan, fast: a million of them are to take less than a minute."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from apps.billing.tariff import CompiledPlan, InvalidStay, Plan, Stay, Unpriceable, Visit
from apps.billing.tariff.stay import elapsed_seconds

NOTHING_TOLD: Final = "{}"
INPUTS_UNKNOWN: Final = "inputs_unknown"
_MOST_REMEMBERED: Final = 1_000_000


class PastStay(NamedTuple):
    """A stay that was charged: what it was priced from and what it cost, in minor units (None: it had no price).

    Instants are UTC. `told` is the JSON of what it was priced from besides times and vehicle type. Fees from before
    these were kept have no `entry_at`.
    """

    stay_id: UUID
    location_id: UUID
    vehicle_type: str
    entry_at: datetime | None
    ended_at: datetime | None
    allowed_until: datetime | None
    told: str
    total: int | None
    charged_at: datetime


class Rerated(NamedTuple):
    """The price of a stay in minor units, or None and why: a code, and words where the plan has some."""

    total: int | None
    reason: str = ""
    detail: str = ""


_UNKNOWN: Final = Rerated(None, INPUTS_UNKNOWN, "It was charged before the inputs of a fee were kept.")
Facts = Mapping[str, bool | int | str]


def rerated(
    plan: CompiledPlan,
    *,
    entry_at: datetime,
    ended_at: datetime,
    allowed_until: datetime | None,
    facts: Facts,
    earlier_visits: tuple[Visit, ...] = (),
    paid_at: tuple[datetime, ...] = (),
) -> Rerated:
    """The price of a stay by a plan."""
    try:
        stay = Stay(
            entry_at=entry_at,
            exit_at=ended_at,
            allowed_until=allowed_until,
            facts=facts,
            earlier_visits=earlier_visits,
            paid_at=paid_at,
        )
        return Rerated(plan.total(stay))
    except (Unpriceable, InvalidStay) as error:
        return Rerated(None, error.code, str(error))


class Rerater:
    """Prices stays by one plan.

    `price_told` prices those of which more is known than times and vehicle type: the till has more to say of them than
    the plan. Under a plan that looks at no clock, only lengths make the price; then equal stays are priced once.
    """

    def __init__(self, plan: Plan | CompiledPlan, price_told: Callable[[PastStay], Rerated]) -> None:
        self._price_told = price_told
        self._plan: Final = plan.compiled if isinstance(plan, Plan) else plan
        document = self._plan.document
        self._by_length: Final = self._plan.timeless and document.time == "elapsed" and document.precision == "second"
        self._remembered: dict[Any, Rerated] = {}

    def rerate(self, stay: PastStay) -> Rerated:
        """The price of a past stay by the plan, exact to the minor unit."""
        _, _, vehicle_type, entry_at, ended_at, allowed_until, told, _, _ = stay
        if entry_at is None or ended_at is None:
            return _UNKNOWN
        if told != NOTHING_TOLD:
            return self._price_told(stay)
        if not self._by_length:
            return self._price(vehicle_type, entry_at, ended_at, allowed_until)
        length = ended_at - entry_at
        key: Any = (vehicle_type, length.days * 86_400 + length.seconds)
        if allowed_until is not None:
            key = (*key, elapsed_seconds(entry_at, allowed_until), elapsed_seconds(allowed_until, ended_at))
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = self._price(vehicle_type, entry_at, ended_at, allowed_until)
        return known

    def _price(
        self, vehicle_type: str, entry_at: datetime, ended_at: datetime, allowed_until: datetime | None
    ) -> Rerated:
        return rerated(
            self._plan,
            entry_at=entry_at,
            ended_at=ended_at,
            allowed_until=allowed_until,
            facts={"vehicleType": vehicle_type},
        )
