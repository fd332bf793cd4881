"""All that is kept of one person, for the person (GDPR, article 15)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.billing.public import (
    CustomerKept,
    FeeCalculation,
    PaymentRecord,
    PlateKept,
    find_customer_kept,
    list_fees,
    list_plates_kept,
    payment_record,
    stored_fee_calculation,
)
from apps.core.api import Answer
from apps.core.api.events import EventAnswer, told
from apps.core.audit.query import AuditAnswer, AuditFilter, read_all_audit
from apps.core.errors import Invalid
from apps.core.events.store import get_events
from apps.parking.plates import plate_key
from apps.parking.queries.entries import as_answer
from apps.parking.stays import ParkingEntryAnswer

from .persons import Person, find_stays

MOST_STAYS = 1000


class StayKept(Answer, frozen=True, kw_only=True):
    """A stay with its fee, its payments, what happened to it and who touched it."""

    entry: ParkingEntryAnswer
    fee: FeeCalculation | None
    payments: list[PaymentRecord]
    events: list[EventAnswer]
    audit: list[AuditAnswer]


class PersonalData(Answer, frozen=True, kw_only=True):
    """Everything of one person; `deeds` is what a user of the platform did and what was done with their membership.

    `plates` are those on accounts and permits, `customer` what an account keeps of whose it is.
    """

    stays: Sequence[StayKept]
    deeds: Sequence[AuditAnswer]
    plates: Sequence[PlateKept] = ()
    customer: CustomerKept | None = None


def export_person(person: Person) -> PersonalData:
    """All stays of a driver or vehicle in the current tenant. Raises Invalid where they are too many for an answer."""
    stays = list(find_stays(person)[: MOST_STAYS + 1])
    if len(stays) > MOST_STAYS:
        raise Invalid.field("driverName", "too_many", f"More than {MOST_STAYS} stays: ask by plate or phone.")
    fees = list_fees(stay_ids=[stay.id for stay in stays])
    kept = []
    for stay in stays:
        fee = fees.get(stay.id)
        kept.append(
            StayKept(
                entry=as_answer(stay),
                fee=stored_fee_calculation(fee) if fee else None,
                payments=[payment_record(payment) for payment in fee.payments.all()] if fee else [],
                events=[told(event) for event in get_events(stay.id)],
                audit=_audit(subject=str(stay.id)),
            )
        )
    return PersonalData(stays=kept, deeds=[], plates=_plates(person), customer=_customer(person))


def _plates(person: Person) -> list[PlateKept]:
    typed = person.vehicle_number
    return list_plates_kept(plate_key=plate_key(typed)) if typed is not None else []


def _customer(person: Person) -> CustomerKept | None:
    return find_customer_kept(customer_id=person.customer_id) if person.customer_id is not None else None


def export_user(user_id: UUID) -> PersonalData:
    """What the current tenant keeps of one of its users: what they did here, and what was done with them."""
    deeds = {one.id: one for one in [*_audit(actor=user_id), *_audit(subject=str(user_id))]}
    return PersonalData(stays=[], deeds=[deeds[key] for key in sorted(deeds)])


def _audit(**wanted: Any) -> list[AuditAnswer]:
    return [one for page in read_all_audit(wanted=AuditFilter(**wanted)) for one in page]
