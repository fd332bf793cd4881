"""Whose stays they are: found by plate, phone or name, or named by their ids."""

from uuid import UUID

import msgspec
from django.db.models import F, Func, Q, QuerySet, Value

from apps.core.errors import Invalid
from apps.parking.models import ParkingEntry
from apps.parking.plates import plate_key

ERASED = "(erased)"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """By one thing a person is found; `driver_phone` is compared by its digits, a name without case.

    A customer has an account, and no stays: those are its drivers'.
    """

    vehicle_number: str | None = None
    driver_phone: str | None = None
    driver_name: str | None = None
    entry_ids: tuple[UUID, ...] | None = None
    customer_id: UUID | None = None

    @property
    def found_by(self) -> str:
        """By which of them, for the trail: never the thing itself."""
        return next(name for name in self.__struct_fields__ if getattr(self, name) is not None)


def find_stays(person: Person) -> QuerySet[ParkingEntry]:
    """All stays of a person in the current tenant, the oldest first. Raises Invalid unless found by just one thing."""
    given = [name for name in person.__struct_fields__ if getattr(person, name) is not None]
    if len(given) != 1:
        raise Invalid.field(
            "vehicleNumber", "one_of", "Name one of vehicleNumber, driverPhone, driverName, entryIds and customerId."
        )
    return ParkingEntry.objects.filter(_of(person)).order_by("entry_time", "id")


def _of(person: Person) -> Q:
    if person.vehicle_number is not None:
        return Q(plate_key=plate_key(person.vehicle_number))
    if person.entry_ids is not None:
        return Q(id__in=person.entry_ids)
    if person.customer_id is not None:
        return Q(id__in=())
    if person.driver_name is not None:
        if not person.driver_name.strip():
            raise Invalid.field("driverName", "empty", "Type the driver's whole name.")
        return Q(driver_name__iexact=person.driver_name.strip())
    digits = "".join(letter for letter in person.driver_phone or "" if letter.isdigit())
    if len(digits) < 4:
        raise Invalid.field("driverPhone", "too_short", "Type the whole number.")
    typed = Func(F("driver_phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    return Q(id__in=ParkingEntry.objects.annotate(digits=typed).filter(digits=digits).values("id"))
