"""What clients send to and get from parking's API, beside the answers that queries make themselves."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from apps.billing.public import FeeCalculation, PaymentRecord
from apps.core.api import Answer, Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize
from apps.parking.queries.occupancy import TypeOccupancy
from apps.parking.stays import ParkingEntryAnswer

Plate = Annotated[str, msgspec.Meta(description="as typed; compared without case, spaces and punctuation")]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Facts = Annotated[
    dict[str, bool | int | Annotated[str, msgspec.Meta(max_length=80)]],
    msgspec.Meta(max_length=50, description="what the price list asks of a stay: payloadKg, blueBadge …"),
]
EventId = Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="the gate's own id of this report")]
Duration = Annotated[int, msgspec.Meta(ge=0, le=52_560_000)]
Hours = dict[str, list[tuple[str, str]]]


class NewEntry(Body, frozen=True, kw_only=True):
    """POST parking/entries. Without `entryTime` the vehicle comes in now."""

    vehicle_number: Plate
    vehicle_type: str
    location_id: UUID
    driver_name: Name | None = None
    driver_phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    transport_name: Name | None = None
    gate_id: UUID | None = None
    source: Literal["desktop", "web", "mobile", "api"] = "api"
    entry_time: Instant | None = None
    expected_exit_time: Instant | None = None
    event_id: EventId | None = None
    notes: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    facts: Facts | None = None


class PaymentAtExit(Body, frozen=True, kw_only=True):
    """Money taken at the gate: exactly what is due, in the tenant's currency; `reference` names a card or UPI payment.

    Of cash, `tendered` is what was handed over; `customerId` is whose account pays, where the vehicle does not tell.
    """

    method: Literal["cash", "card", "upi", "account", "online"]
    amount: Decimal
    provider: Annotated[str, msgspec.Meta(max_length=40)] = ""
    reference: Annotated[str, msgspec.Meta(max_length=200)] = ""
    tendered: Decimal | None = None
    customer_id: UUID | None = None


class NewExit(Body, frozen=True, kw_only=True):
    """POST parking/exits. The vehicle is named by its plate or its entry."""

    vehicle_number: Plate | None = None
    entry_id: UUID | None = None
    location_id: UUID | None = None
    gate_id: UUID | None = None
    exit_time: Instant | None = None
    payment: PaymentAtExit | None = None
    event_id: EventId | None = None
    facts: Facts | None = None


class ParkingExit(Answer, frozen=True, kw_only=True):
    """An ended stay. `fee` is null where no rate applies to it; `unpricedReason` then names why.

    `paidBefore` is what had been paid before the exit, `dueAmount` what was then left to be paid, and
    `refundableAmount` what had been paid too much; null without a price.
    """

    entry: ParkingEntryAnswer
    duration_minutes: int
    fee: FeeCalculation | None
    unpriced_reason: str | None
    payment: PaymentRecord | None
    paid_before: Decimal
    due_amount: Decimal | None
    refundable_amount: Decimal | None


class EntryQuery(Body, frozen=True, kw_only=True):
    """GET parking/entries."""

    vehicle_number: str | None = None
    q: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    status: str | None = None
    location_id: UUID | None = None
    vehicle_type: str | None = None
    transport_name: str | None = None
    driver_name: str | None = None
    entered_from: Instant | None = None
    entered_to: Instant | None = None
    exited_from: Instant | None = None
    exited_to: Instant | None = None
    min_duration_minutes: Duration | None = None
    ordering: str = "-entryTime"
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class EntryPage(Answer, frozen=True, kw_only=True):
    """A page of entries; `total` is null, for counting millions costs more than finding fifty."""

    items: list[ParkingEntryAnswer]
    next_cursor: str | None
    total: int | None = None


class OccupancyQuery(Body, frozen=True, kw_only=True):
    """GET parking/occupancy. `at` asks for the past."""

    location_id: UUID | None = None
    at: Instant | None = None


class Position(Body, frozen=True, kw_only=True):
    """WGS 84 degrees."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class NewLocation(Body, frozen=True, kw_only=True):
    """POST parking/locations. Without `timezone` the tenant's own."""

    name: Name
    capacity: int
    timezone: str | None = None
    capacities: dict[str, int] | None = None
    allow_overbooking: bool = False
    opening_hours: Hours | None = None
    address: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    position: Position | None = None
    allowed_stay_minutes: int | None = None
    payment_required: bool = False
    shift_required: bool = False


class LocationChange(Body, frozen=True, kw_only=True):
    """PATCH parking/locations/{id}: what is given is changed. Null forgets the position, and nothing else."""

    name: Name | UnsetType = UNSET
    capacity: int | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    capacities: dict[str, int] | UnsetType = UNSET
    allow_overbooking: bool | UnsetType = UNSET
    opening_hours: Hours | UnsetType = UNSET
    address: Annotated[str, msgspec.Meta(max_length=1000)] | UnsetType = UNSET
    position: Position | None | UnsetType = UNSET
    allowed_stay_minutes: int | UnsetType = UNSET
    payment_required: bool | UnsetType = UNSET
    shift_required: bool | UnsetType = UNSET


class LocationAnswer(Answer, frozen=True, kw_only=True):
    """A location; `version` is its ETag."""

    id: UUID
    name: str
    timezone: str
    capacity: int
    capacities: dict[str, int]
    allow_overbooking: bool
    opening_hours: Hours
    address: str
    position: Position | None
    allowed_stay_minutes: int
    payment_required: bool
    shift_required: bool
    version: int


class LocationList(Answer, frozen=True, kw_only=True):
    """The tenant's locations by name."""

    items: list[LocationAnswer]
    next_cursor: str | None
    total: int


class SpaceAvailability(Answer, frozen=True, kw_only=True):
    """Free places. Nothing can be reserved yet, so `reserved` is 0."""

    location_id: UUID
    total: int
    occupied: int
    reserved: int
    available: int
    by_vehicle_type: list[TypeOccupancy]
    as_of: datetime


class NewGate(Body, frozen=True, kw_only=True):
    """POST parking/gates."""

    location_id: UUID
    name: Annotated[str, msgspec.Meta(max_length=100)]
    direction: Literal["entry", "exit", "both"] = "both"


class GateAnswer(Answer, frozen=True, kw_only=True):
    """A way in or out of a location."""

    id: UUID
    location_id: UUID
    name: str
    direction: str


class GateList(Answer, frozen=True, kw_only=True):
    """The tenant's gates by location and name."""

    items: list[GateAnswer]
    next_cursor: str | None
    total: int


class NewVehicleType(Body, frozen=True, kw_only=True):
    """POST parking/vehicle-types."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    name: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class VehicleTypeAnswer(Answer, frozen=True, kw_only=True):
    """A kind of vehicle that this tenant admits."""

    code: str
    name: str


class VehicleTypeList(Answer, frozen=True, kw_only=True):
    """The tenant's vehicle types in their order."""

    items: list[VehicleTypeAnswer]
    next_cursor: str | None
    total: int
