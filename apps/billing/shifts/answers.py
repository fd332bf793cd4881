"""Cash shifts as the API shows them. Amounts are exact decimals in the shift's currency."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.core.api import Answer


class ShiftRecord(Answer, frozen=True, kw_only=True):
    """A cashier's time at a drawer. `difference` is what was counted last less what was expected; null while open."""

    id: UUID
    location_id: UUID
    drawer: str
    cashier_id: UUID
    cashier_name: str
    currency: str
    opening_float: Decimal
    taken_over_from: UUID | None
    opened_at: datetime
    status: str
    closed_at: datetime | None
    closed_by: UUID | None
    closed_by_name: str
    expected: Decimal | None
    counted: Decimal | None
    recounted: Decimal | None
    difference: Decimal | None


class WaitingDrawer(Answer, frozen=True, kw_only=True):
    """A drawer that was handed over; `counted` is the float of who takes it."""

    shift_id: UUID
    location_id: UUID
    drawer: str
    cashier_name: str
    counted: Decimal
    currency: str
    closed_at: datetime


class WaitingDrawers(Answer, frozen=True, kw_only=True):
    """The drawers that wait, the oldest first."""

    items: tuple[WaitingDrawer, ...]


class SumPart(Answer, frozen=True, kw_only=True):
    """How often, and how much in all."""

    times: int
    amount: Decimal


class ShiftSums(Answer, frozen=True, kw_only=True):
    """What came into the drawer and left it; expected is float, both payments and paidIn less all else."""

    opening_float: Decimal
    payments: SumPart
    customer_payments: SumPart
    refunds: SumPart
    voids: SumPart
    paid_in: SumPart
    expenses: SumPart
    deposits: SumPart
    expected: Decimal


class ShiftCause(Answer, frozen=True, kw_only=True):
    """How often something happened that may explain a difference; `amount` is what was given back, or paid for it."""

    cause: str
    times: int
    amount: Decimal | None


class ShiftPaymentLine(Answer, frozen=True, kw_only=True):
    """A cash payment of the shift."""

    id: UUID
    entry_id: UUID
    receipt_number: str
    amount: Decimal
    taken_at: datetime


class ShiftRefundLine(Answer, frozen=True, kw_only=True):
    """Cash that went back out of the drawer."""

    id: UUID
    payment_id: UUID
    kind: str
    amount: Decimal
    reason: str
    given_by_name: str
    given_at: datetime


class MovementRecord(Answer, frozen=True, kw_only=True):
    """Cash carried into the drawer or out of it."""

    id: UUID
    kind: str
    amount: Decimal
    reason: str
    moved_by_name: str
    moved_at: datetime


class IncidentRecord(Answer, frozen=True, kw_only=True):
    """A lost ticket or a barrier opened by hand."""

    id: UUID
    cause: str
    entry_id: UUID | None
    gate: str
    reason: str
    reported_by_name: str
    reported_at: datetime


class Denomination(Answer, frozen=True, kw_only=True):
    """So many pieces of a note or coin."""

    value: Decimal
    pieces: int


class RecountRecord(Answer, frozen=True, kw_only=True):
    """The drawer counted again; `difference` is against what was expected."""

    id: UUID
    number: int
    counted: Decimal
    difference: Decimal
    denominations: tuple[Denomination, ...]
    reason: str
    recounted_by_name: str
    recounted_at: datetime


class ShiftDetail(ShiftRecord, frozen=True, kw_only=True):
    """A shift with all that belongs to it; `payments` are the latest 200 of `paymentCount`.

    `sums` and `causes` are null to its cashier while it is open, and to whoever may not see counts.
    """

    sums: ShiftSums | None
    causes: tuple[ShiftCause, ...] | None
    payments: tuple[ShiftPaymentLine, ...]
    payment_count: int
    refunds: tuple[ShiftRefundLine, ...]
    movements: tuple[MovementRecord, ...]
    incidents: tuple[IncidentRecord, ...]
    denominations: tuple[Denomination, ...]
    recounts: tuple[RecountRecord, ...]
