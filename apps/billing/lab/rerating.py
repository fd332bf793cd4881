"""Past stays priced anew by a plan, fast: a million of them are to take less than a minute."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

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


class Told(msgspec.Struct, frozen=True, rename="camel"):
    """What `told` says."""

    facts: dict[str, bool | int | str] = {}
    earlier_visits: tuple[Visit, ...] = ()
    paid_at: tuple[datetime, ...] = ()


class Rerated(NamedTuple):
    """The price of a stay in minor units, or None and why: a code, and words where the plan has some."""

    total: int | None
    reason: str = ""
    detail: str = ""


_UNKNOWN: Final = Rerated(None, INPUTS_UNKNOWN, "It was charged before the inputs of a fee were kept.")
_read_told = msgspec.json.Decoder(Told).decode


class Rerater:
    """Prices stays by one plan.

    Under a plan that looks at no clock, only lengths and facts make the price; then equal stays are priced once.
    """

    def __init__(self, plan: Plan | CompiledPlan) -> None:
        self._plan: Final = plan.compiled if isinstance(plan, Plan) else plan
        document = self._plan.document
        self._by_length: Final = self._plan.timeless and document.time == "elapsed" and document.precision == "second"
        self._remembered: dict[Any, Rerated] = {}

    def rerate(self, stay: PastStay) -> Rerated:
        """The price of a past stay by the plan, exact to the minor unit."""
        _, _, vehicle_type, entry_at, ended_at, allowed_until, told, _, _ = stay
        if entry_at is None or ended_at is None:
            return _UNKNOWN
        if not self._by_length or told != NOTHING_TOLD:
            return self._price(vehicle_type, entry_at, ended_at, allowed_until, told)
        length = ended_at - entry_at
        key: Any = (vehicle_type, length.days * 86_400 + length.seconds)
        if allowed_until is not None:
            key = (*key, elapsed_seconds(entry_at, allowed_until), elapsed_seconds(allowed_until, ended_at))
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = self._price(vehicle_type, entry_at, ended_at, allowed_until, told)
        return known

    def _price(
        self, vehicle_type: str, entry_at: datetime, ended_at: datetime, allowed_until: datetime | None, told: str
    ) -> Rerated:
        more = _read_told(told) if told != NOTHING_TOLD else None
        try:
            stay = Stay(
                entry_at=entry_at,
                exit_at=ended_at,
                allowed_until=allowed_until,
                facts={**more.facts, "vehicleType": vehicle_type} if more else {"vehicleType": vehicle_type},
                earlier_visits=more.earlier_visits if more else (),
                paid_at=more.paid_at if more else (),
            )
            return Rerated(self._plan.price(stay).total)
        except Unpriceable as error:
            return Rerated(None, error.code, str(error))
        except InvalidStay as error:
            return Rerated(None, error.code, str(error))
