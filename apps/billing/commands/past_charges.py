"""Charging many stays that ended long ago, as an import or a simulator brings them along.

The state afterwards is what `charge_stay` would have left, called for each in the same order; only the round trips are
fewer.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from django.db import connection

from apps.billing.applicable_rates import ApplicableRate, RateBook
from apps.billing.models import ReceiptSequence
from apps.billing.permit_places import claim_place, with_permit
from apps.billing.plates import key_of
from apps.billing.pricing import price_under
from apps.billing.stays import StayFacts
from apps.billing.tariff import Fee
from apps.billing.vehicle_stays import with_visits
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.events.publish import NotInTransaction
from apps.core.money import minor_to_decimal

from .charges import ChargedStay, charged_stay
from .counting import Counted, TakePayment
from .fee_record import AlreadyCharged, fee_parameters
from .taking import TakenPayment, new_payment, payment_parameters

# column: parameter; as the statements of `fee_record` and `taking` write them
_FEE_COLUMNS: Final = {
    "stay_id": "stay_id",
    "vehicle_type": "vehicle_type",
    "location_id": "location_id",
    "duration_minutes": "duration_minutes",
    "currency": "currency",
    "base": "base",
    "penalty": "penalty",
    "discount": "discount",
    "tax": "tax",
    "total": "total",
    "tax_rate": "tax_rate",
    "lines": "lines",
    "rate_id": "rate_id",
    "rate_version": "rate_version",
    "plan_hash": "plan_hash",
    "unpriced_reason": "unpriced_reason",
    "entry_at": "entry_at",
    "ended_at": "ended_at",
    "allowed_until": "allowed_until",
    "priced_from": "priced_from",
    "paid": "paid",
    "charged_at": "at",
}
_PAYMENT_COLUMNS: Final = {
    "id": "payment_id",
    "stay_id": "stay_id",
    "amount": "amount",
    "currency": "currency",
    "method": "method",
    "provider": "provider",
    "reference": "reference",
    "receipt_number": "receipt_number",
    "taken_by": "taken_by",
    "taken_by_name": "taken_by_name",
    "taken_at": "at",
}
_EVENT_COLUMNS: Final = {
    "id": "event_id",
    "aggregate_type": "event_aggregate",
    "aggregate_id": "payment_id",
    "aggregate_version": "event_version",
    "type": "event_type",
    "schema_version": "event_schema",
    "occurred_at": "at",
    "data": "event_data",
    "metadata": "event_metadata",
}


class PastCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A stay that was charged by `actor` at `at` (UTC), and paid in full then by `paid_by` unless that is None.

    `event_position` is a place in the event table that the caller has reserved for the event of the payment, so that it
    stands among other contexts' events of the time; None takes the next one.
    """

    stay: StayFacts
    actor: Actor
    at: datetime
    paid_by: str | None = "cash"
    event_position: int | None = None


def charge_past_stays(*, charges: Sequence[PastCharge]) -> list[ChargedStay]:
    """Price and record these stays in their order, in the caller's transaction; one answer for each.

    A stay without a price, or with nothing due, is recorded unpaid. Either all or none have an `event_position`. Where
    a stay names its vehicle, the vehicle's permits and earlier visits count as at the gate, those charged here before
    it included; that costs some round trips for each such stay.

    Raises NotInTransaction, InvalidStay, AlreadyCharged.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("charge past stays inside a transaction")
    rates, receipts, vehicles = RateBook(), _Receipts(), _Vehicles()
    answers, fees, payments = [], [], []
    for charge in charges:
        ended_at = charge.stay.exit_at
        if ended_at is None:
            raise ValueError("a stay is charged when it has ended")
        rate = rates.find(
            vehicle_type=charge.stay.vehicle_type, location_id=charge.stay.location_id, at=charge.stay.entry_at
        )
        stay = vehicles.known(charge.stay, ended_at, rate)
        priced = price_under(rate, stay=stay, until=ended_at)
        taken = _taken(priced.fee, charge)
        fees.append(
            fee_parameters(stay=stay, ended_at=ended_at, priced=priced, paid=taken.amount if taken else 0, at=charge.at)
        )
        if taken is not None:
            taken, parameters = receipts.number(taken, payment_parameters(taken, actor=charge.actor))
            payments.append(parameters | {"event_position": charge.event_position})
        answers.append(charged_stay(priced, taken))
    try:
        _copy("billing_stayfee", _FEE_COLUMNS, fees)
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyCharged("Leave out the stays that have their fee.") from error
    _copy("billing_payment", _PAYMENT_COLUMNS, payments)
    placed = any(payment["event_position"] is not None for payment in payments)
    _copy("core_event", _EVENT_COLUMNS | ({"position": "event_position"} if placed else {}), payments)
    receipts.keep()
    return answers


def _taken(fee: Fee | None, charge: PastCharge) -> TakenPayment | None:
    if charge.paid_by is None or fee is None or not fee.total:
        return None
    payment = TakePayment(method=charge.paid_by, amount=minor_to_decimal(fee.total, fee.currency))
    return new_payment(
        payment,
        stay=charge.stay,
        counted=Counted(amount=fee.total),
        currency=fee.currency,
        actor=charge.actor,
        at=charge.at,
    )


class _Vehicles:
    """What vehicles that are named did before: on record, and among the stays that are just being charged."""

    def __init__(self) -> None:
        self._visits: dict[tuple[str, UUID], list[tuple[datetime, datetime]]] = defaultdict(list)

    def known(self, stay: StayFacts, ended_at: datetime, rate: ApplicableRate | None) -> StayFacts:
        """The stay with its permit, whose place is claimed, and its earlier visits."""
        if not stay.vehicle_number:
            return stay
        here = self._visits[key_of(stay.vehicle_number), stay.location_id]
        known = with_visits(with_permit(stay, lock=True), rate, besides=here)
        claim_place(known)
        here.append((stay.entry_at, ended_at))
        return known


class _Receipts:
    """The tenant's receipt numbers, locked by the first one of each year until the transaction ends."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def number(self, payment: TakenPayment, parameters: dict[str, Any]) -> tuple[TakenPayment, dict[str, Any]]:
        """The payment and its parameters with the next number in both."""
        year = parameters["receipt_year"]
        if year not in self._last:
            sequence = ReceiptSequence.objects.select_for_update().filter(year=year).first()
            self._last[year] = sequence.last if sequence else 0
        self._last[year] += 1
        number = f"{parameters['receipt_prefix']}{self._last[year]:06d}"
        data = msgspec.json.decode(parameters["event_data"]) | {"receiptNumber": number}
        parameters |= {"receipt_number": number, "event_version": 1, "event_data": msgspec.json.encode(data).decode()}
        return msgspec.structs.replace(payment, receipt_number=number), parameters

    def keep(self) -> None:
        rows = [ReceiptSequence(year=year, last=last) for year, last in self._last.items()]
        ReceiptSequence.objects.bulk_create(rows, update_conflicts=True, unique_fields=["year"], update_fields=["last"])


def _copy(table: str, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([row[parameter] for parameter in columns.values()])
