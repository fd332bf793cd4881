"""What clients send to the calls of invoices."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from apps.billing.invoicing.collecting import Wanted
from apps.core.api import Body
from apps.core.api.paging import DEFAULT_PAGE_SIZE, PageSize


class IssueInvoice(Body, frozen=True, kw_only=True):
    """A customer, or a haulier by name, and a half-open period of local dates: `to` is the day after the last one."""

    since: date = msgspec.field(name="from")
    until: date = msgspec.field(name="to")
    customer_id: UUID | None = None
    transport_name: Annotated[str, Meta(max_length=200)] = ""

    def wanted(self) -> Wanted:
        """As the command takes it."""
        return Wanted(
            period_from=self.since,
            period_to=self.until,
            customer_id=self.customer_id,
            transport_name=self.transport_name,
        )


class ListInvoices(Body, frozen=True, kw_only=True):
    """Which invoices; `from` and `to` are half-open dates of issue."""

    customer_id: UUID | None = None
    kind: Literal["invoice", "credit_note"] | None = None
    state: Literal["open", "partly_paid", "paid", "credited", "credit_note"] | None = None
    since: date | None = msgspec.field(name="from", default=None)
    until: date | None = msgspec.field(name="to", default=None)
    cursor: str | None = None
    page_size: PageSize = DEFAULT_PAGE_SIZE


class CreditInvoice(Body, frozen=True, kw_only=True):
    """Why, and which lines by their positions; all that are left of it where none are named."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    lines: Annotated[tuple[Annotated[int, Meta(ge=1)], ...], Meta(min_length=1, max_length=5000)] | None = None
