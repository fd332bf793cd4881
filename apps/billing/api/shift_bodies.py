"""What clients send of cash shifts."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from apps.billing.commands.shifts import Count
from apps.core.api import Body
from apps.core.api.bodies import Instant
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize
from apps.core.errors import Invalid

Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Drawer = Annotated[str, Meta(min_length=1, max_length=40)]
Pieces = Annotated[int, Meta(ge=0, le=1_000_000)]


class CountedPieces(Body, frozen=True, kw_only=True):
    """So many pieces of a note or coin."""

    value: Decimal
    pieces: Pieces


class CountBody(Body, frozen=True, kw_only=True):
    """What lies in the drawer: a sum, or the notes and coins."""

    counted: Decimal | None = None
    denominations: Annotated[tuple[CountedPieces, ...], Meta(max_length=60)] | None = None

    def count(self) -> Count:
        """As the command takes it."""
        pieces = self.denominations
        return Count(
            amount=self.counted,
            denominations=None if pieces is None else tuple((one.value, one.pieces) for one in pieces),
        )


class OpenShift(Body, frozen=True, kw_only=True):
    """A location's drawer with a float, or the drawer that `from_shift_id` has handed over."""

    location_id: UUID | None = None
    drawer: Drawer | None = None
    opening_float: Decimal | None = None
    from_shift_id: UUID | None = None

    def anew(self) -> tuple[UUID, str, Decimal] | None:
        """Location, drawer and float; None to take one over. Raises Invalid for both or neither."""
        if self.from_shift_id is not None:
            if (self.location_id, self.drawer, self.opening_float) != (None, None, None):
                raise Invalid.field("fromShiftId", "one_of_two", "A drawer that is taken over brings all else along.")
            return None
        if self.location_id is None:
            raise Invalid.field("locationId", "required", "Say where the drawer is.")
        if self.opening_float is None:
            raise Invalid.field("openingFloat", "required", "Say what is in the drawer; 0 for nothing.")
        return self.location_id, self.drawer or "1", self.opening_float


class ListShifts(Body, frozen=True, kw_only=True):
    """`from` and `to` are of the opening, half-open. `mine` leaves out everybody else's."""

    status: Literal["open", "handed_over", "closed"] | None = None
    location_id: UUID | None = None
    cashier_id: UUID | None = None
    mine: bool = False
    since: Instant | None = msgspec.field(name="from", default=None)
    to: Instant | None = None
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class MoveCash(Body, frozen=True, kw_only=True):
    """A pay_in comes from the safe, a deposit goes there, an expense is paid out."""

    kind: Literal["pay_in", "expense", "deposit"]
    amount: Decimal
    reason: Reason


class ReportIncident(Body, frozen=True, kw_only=True):
    """A lost ticket names its stay; a barrier that was opened by hand may name its gate."""

    cause: Literal["lost_ticket", "manual_open"]
    reason: Reason
    entry_id: UUID | None = None
    gate: Annotated[str, Meta(max_length=100)] = ""


class CloseShift(CountBody, frozen=True, kw_only=True):
    """`hand_over` leaves what was counted in the drawer, for who takes it over."""

    hand_over: bool = False


class Recount(CountBody, frozen=True, kw_only=True):
    """The same sum confirms the count."""

    reason: Reason


class PrintShift(Body, frozen=True, kw_only=True):
    """`language` is a BCP 47 tag, the letterhead's where none is named; what is not spoken becomes English."""

    language: Annotated[str, Meta(max_length=20)] | None = None
