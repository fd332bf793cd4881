"""Recording money that was taken: the SQL that writes a payment with its receipt number and its event.

The receipt sequence's row is locked until the transaction ends, which makes the numbers gapless: a number that is
rolled back is given out again. So money is taken as late in a transaction as can be.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from apps.billing.events import PaymentTaken
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.db.statement import Statement, violated_constraint
from apps.core.errors import Conflict
from apps.core.events.publish import encode_event, metadata
from apps.core.ids import new_id
from apps.core.money import minor_to_decimal

from .counting import Counted, TakePayment

# Follows a common table expression `due`, with a row if the payment is to be recorded; see `payment_parameters`.
TAKE_PAYMENT_SQL: Final = """
numbered AS (
    INSERT INTO {schema}.billing_receiptsequence AS sequence (year, last)
    SELECT %(receipt_year)s, 1 FROM due
    ON CONFLICT (year) DO UPDATE SET last = sequence.last + 1
    RETURNING last
),
payment AS (
    INSERT INTO {schema}.billing_payment (id, stay_id, amount, currency, method, provider, reference, receipt_number,
                                          tendered, taken_by, taken_by_name, taken_at)
    SELECT %(payment_id)s, %(stay_id)s, %(amount)s, %(currency)s, %(method)s, %(provider)s, %(reference)s,
           %(receipt_prefix)s::text || lpad(last::text, greatest(6, length(last::text)), '0'),
           %(tendered)s, %(taken_by)s, %(taken_by_name)s, %(at)s
    FROM numbered
    RETURNING receipt_number
),
event AS (
    INSERT INTO {schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version,
                                     occurred_at, data, metadata)
    SELECT %(event_id)s, %(event_aggregate)s, %(payment_id)s, 1, %(event_type)s, %(event_schema)s, %(at)s,
           %(event_data)s::jsonb || jsonb_build_object('receiptNumber', receipt_number), %(event_metadata)s::jsonb
    FROM payment
)
SELECT receipt_number FROM payment
"""


class ReferenceUsed(Conflict):
    code, title = "reference_used", "A payment with this reference was recorded before"


def run_taking(statement: Statement, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement that records a payment. Raises ReferenceUsed."""
    try:
        return statement.run(parameters)
    except psycopg.errors.UniqueViolation as error:
        if violated_constraint(error) != "payment_reference_once":
            raise
        raise ReferenceUsed(f"Look for the payment with the reference {parameters['reference']}.") from error


class PaidStay(Protocol):
    """What a payment says of its stay: the gate's facts and the recorded fee both know it."""

    @property
    def stay_id(self) -> UUID: ...
    @property
    def location_id(self) -> UUID: ...
    @property
    def vehicle_type(self) -> str: ...


class TakenPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded payment; `amount` and `tendered` in minor units of `currency`, `taken_at` in UTC."""

    id: UUID
    stay_id: UUID
    location_id: UUID
    vehicle_type: str
    amount: int
    currency: str
    method: str
    provider: str
    reference: str
    receipt_number: str
    tendered: int | None
    taken_by: UUID | None
    taken_by_name: str
    taken_at: datetime


def new_payment(
    payment: TakePayment, *, stay: PaidStay, counted: Counted, currency: str, actor: Actor, at: datetime
) -> TakenPayment:
    """The payment to be recorded; its receipt number is given by the database."""
    return TakenPayment(
        id=new_id(),
        stay_id=stay.stay_id,
        location_id=stay.location_id,
        vehicle_type=stay.vehicle_type,
        amount=counted.amount,
        currency=currency,
        method=str(payment.method),
        provider=payment.provider.strip(),
        reference=payment.reference.strip(),
        receipt_number="",
        tendered=counted.tendered,
        taken_by=actor.id,
        taken_by_name=actor.name,
        taken_at=at,
    )


def payment_parameters(payment: TakenPayment, *, actor: Actor) -> dict[str, Any]:
    """What `TAKE_PAYMENT_SQL` needs. Numbers are counted per year of the tenant's own calendar."""
    tenant = tenancy.current()
    year = payment.taken_at.astimezone(ZoneInfo(tenant.timezone)).year
    event = PaymentTaken(
        payment_id=payment.id,
        tenant_id=tenant.id,
        entry_id=payment.stay_id,
        location_id=payment.location_id,
        vehicle_type=payment.vehicle_type,
        amount=minor_to_decimal(payment.amount, payment.currency),
        currency=payment.currency,
        method=payment.method,
        receipt_number="",
        taken_at=payment.taken_at,
    )
    return {
        "payment_id": payment.id,
        "stay_id": payment.stay_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": payment.method,
        "provider": payment.provider,
        "reference": payment.reference,
        "tendered": payment.tendered,
        "taken_by": payment.taken_by,
        "taken_by_name": payment.taken_by_name,
        "at": payment.taken_at,
        "receipt_year": year,
        "receipt_prefix": f"{tenant.slug.upper()}-{year}-",
        "event_id": new_id(),
        "event_aggregate": event.aggregate_type,
        "event_type": type(event).__name__,
        "event_schema": event.schema_version,
        "event_data": encode_event(event),
        "event_metadata": metadata(actor),
    }
