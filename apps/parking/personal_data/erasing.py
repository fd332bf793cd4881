"""Erasing what is kept of a person: columns, events and kept answers. What was charged and paid stays.

A stay without its plate is still a stay: its times, its fee, its receipt and its place in every count are those of
before, and its events are chained as they were (`apps.core.events.redaction`).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.billing.public import erase_customer, forget_vehicles, list_fees, take_plate_off
from apps.core import audit, changes, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound
from apps.core.events import publish
from apps.core.events.redaction import redact_events
from apps.core.ids import new_id
from apps.core.kept_answers import forget_answers
from apps.parking.events import PersonalDataErased
from apps.parking.models import ParkingEntry
from apps.parking.plates import plate_key

from .persons import ERASED, Person, find_stays

MOST_STAYS = 5000
NAMED = 50


class NobodyFound(NotFound):
    code, title = "nobody_found", "Nothing is kept of such a person"


class StayOpen(Conflict):
    code, title = "stay_open", "A vehicle of this person is parked"


class FeeUnsettled(Conflict):
    code, title = "fee_unsettled", "A stay of this person is not paid or not priced"


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure took: so many stays, the personal fields of so many events, so many accounts and permits."""

    id: UUID
    stays: int
    events: int
    accounts: int = 0


def erase_personal_data(*, person: Person, reference: str, at: datetime, actor: Actor) -> Erased:
    """Erase plates, names, phones, hauliers and notes of a person's stays, at `at` (UTC); there is no way back.

    A plate goes off accounts and permits too, a driver's name or phone leaves those alone; a customer loses all that
    its account keeps of it. `reference` is the request's number in the operator's own files. Raises Invalid,
    NobodyFound, StayOpen and FeeUnsettled naming the stays, NotYetDelivered, CustomerNotFound, AccountOpen,
    AccountUnsettled; nothing is erased then.
    """
    if not reference.strip():
        raise Invalid.field("reference", "required", "Name the request by its number in your files.")
    with transaction.atomic():
        accounts = _erase_accounts(person, actor=actor, at=at)
        stays = list(find_stays(person).select_for_update(of=("self",)).order_by("id")[: MOST_STAYS + 1])
        if len(stays) > MOST_STAYS:
            raise Invalid.field("entryIds", "too_many", f"Erase at most {MOST_STAYS} stays at once, by entryIds.")
        kept = [stay for stay in stays if stay.vehicle_number != ERASED]
        if not kept and not accounts:
            raise NobodyFound("Check how it is written, or nothing is kept any more.")
        _refuse_unfinished(kept)
        erased = Erased(id=new_id(), stays=0, events=0)
        if kept:
            erased = _erase(kept, why="requested", reference=reference.strip(), by=actor, at=at)
        erased = msgspec.structs.replace(erased, accounts=accounts)
        told = {"by": person.found_by, "reference": reference.strip(), "stays": erased.stays, "accounts": accounts}
        audit.record("personal_data.erased", audit.Subject("erasure", erased.id), actor=actor, after=told)
    changes.announce()
    return erased


def _erase_accounts(person: Person, *, actor: Actor, at: datetime) -> int:
    """Of how many accounts and permits the person is erased, before any stay is locked."""
    if person.customer_id is not None:
        return erase_customer(customer_id=person.customer_id, actor=actor, at=at)
    if person.vehicle_number is not None:
        return take_plate_off(plate_key=plate_key(person.vehicle_number), actor=actor)
    return 0


def erase_stays(stays: Sequence[ParkingEntry], *, why: str, by: Actor, at: datetime) -> Erased:
    """Erase these ended and settled stays, whose rows the caller has locked, in its transaction."""
    return _erase(stays, why=why, reference="", by=by, at=at)


def unsettled_among(stay_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these stays are not priced, or not paid in full."""
    fees = list_fees(stay_ids=stay_ids)
    return {stay_id for stay_id, fee in fees.items() if fee.total is None or fee.paid < fee.total}


def _refuse_unfinished(stays: Sequence[ParkingEntry]) -> None:
    opened = [stay.id for stay in stays if stay.exit_time is None]
    if opened:
        raise StayOpen(
            f"Record the exit first, or erase the others by entryIds ({len(opened)} open).",
            facts={"entryIds": opened[:NAMED]},
        )
    unsettled = sorted(unsettled_among([stay.id for stay in stays]))
    if unsettled:
        raise FeeUnsettled(
            f"Settle the fee first, or erase the others by entryIds ({len(unsettled)} unsettled).",
            facts={"entryIds": unsettled[:NAMED]},
        )


def _erase(stays: Sequence[ParkingEntry], *, why: str, reference: str, by: Actor, at: datetime) -> Erased:
    erasure_id, ids = new_id(), [stay.id for stay in stays]
    named = f"{by.kind} {by.id or by.name}"
    events = redact_events(aggregate_ids=ids, erasure_id=erasure_id, by=named, at=at)
    ParkingEntry.objects.filter(id__in=ids).update(
        vehicle_number=ERASED, plate_key="", driver_name="", driver_phone="", transport_name="", notes=""
    )  # fmt: skip
    forget_vehicles(stay_ids=ids)
    forget_answers(naming=ids)
    tenant_id = tenancy.current().id
    told = PersonalDataErased(
        erasure_id=erasure_id, tenant_id=tenant_id, why=why, reference=reference, entry_ids=ids, erased_at=at
    )
    publish(told, aggregate_id=erasure_id, at=at, actor=by)
    return Erased(id=erasure_id, stays=len(ids), events=events)
