"""All that is kept of one person, for the person (GDPR, article 15)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.billing.public import FeeCalculation, PaymentRecord, list_fees, payment_record, stored_fee_calculation
from apps.core.api import Answer
from apps.core.api.events import EventAnswer, told
from apps.core.audit.query import AuditAnswer, AuditFilter, read_all_audit
from apps.core.errors import Invalid
from apps.core.events.store import get_events
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
    """Everything of one person; `deeds` is what a user of the platform did and what was done with their membership."""

    stays: Sequence[StayKept]
    deeds: Sequence[AuditAnswer]


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
    return PersonalData(stays=kept, deeds=[])


def export_user(user_id: UUID) -> PersonalData:
    """What the current tenant keeps of one of its users: what they did here, and what was done with them."""
    deeds = {one.id: one for one in [*_audit(actor=user_id), *_audit(subject=str(user_id))]}
    return PersonalData(stays=[], deeds=[deeds[key] for key in sorted(deeds)])


def _audit(**wanted: Any) -> list[AuditAnswer]:
    return [one for page in read_all_audit(wanted=AuditFilter(**wanted)) for one in page]
