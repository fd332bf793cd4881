"""What the reports' calls read."""

from typing import Literal
from uuid import UUID

import msgspec

from apps.core.api.bodies import Body, Instant
from apps.reports.periods import GroupBy


class RevenueQuery(Body, frozen=True, kw_only=True):
    """GET reports/revenue: the span [from, to), cut into local hours, days, weeks or months."""

    since: Instant = msgspec.field(name="from")
    to: Instant
    group_by: GroupBy = "day"
    location_id: UUID | None = None
    format: Literal["json", "csv"] = "json"
