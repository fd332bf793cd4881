"""The vehicles that come to a tenant's sites: fleets and regulars who return, others who never do. Pure."""

from collections.abc import Container
from random import Random

import msgspec

from .people import Region

FREIGHT = {"truck": 420, "trailer": 380, "van": 160}
PRIVATE = {"car": 520, "motorcycle": 180, "bus": 20}
"""How many vehicles of each type return; those of freight mostly belong to a haulier."""
OF_A_HAULIER = 0.85
_SECOND_DRIVER = 0.15
_TRIES = 6


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle with its usual driver; `haulier` is empty for a private one."""

    plate: str
    vehicle_type: str
    driver: str
    phone: str
    haulier: str = ""


class Visitors:
    """All who might come, the same for the same seed. A plate is never given twice."""

    def __init__(self, region: Region, chance: Random) -> None:
        self._region = region
        self._chance = chance
        self._plates: set[str] = set()
        self._returning = {
            vehicle_type: [self._new(vehicle_type) for _ in range(count)]
            for vehicle_type, count in (FREIGHT | PRIVATE).items()
        }

    def choose(self, vehicle_type: str, *, returning: float, parked: Container[str]) -> Vehicle:
        """Who comes next, with this chance of one who was here before; nobody whose plate is parked.

        A few come very often, as at every gate.
        """
        chance = self._chance
        if chance.random() < returning:
            known = self._returning[vehicle_type]
            for _ in range(_TRIES):
                vehicle = known[int(len(known) * chance.random() ** 1.6)]
                if vehicle.plate not in parked:
                    return self._with_another_driver(vehicle) if chance.random() < _SECOND_DRIVER else vehicle
        return self._new(vehicle_type)

    def _new(self, vehicle_type: str) -> Vehicle:
        chance = self._chance
        while (plate := self._region.plate(chance)) in self._plates:
            pass
        self._plates.add(plate)
        freight = vehicle_type in FREIGHT and chance.random() < OF_A_HAULIER
        hauliers = self._region.hauliers
        return Vehicle(
            plate=plate,
            vehicle_type=vehicle_type,
            driver=self._region.driver(chance),
            phone=self._region.phone(chance),
            haulier=hauliers[int(len(hauliers) * chance.random() ** 1.5)] if freight else "",
        )

    def _with_another_driver(self, vehicle: Vehicle) -> Vehicle:
        region, chance = self._region, self._chance
        return msgspec.structs.replace(vehicle, driver=region.driver(chance), phone=region.phone(chance))
