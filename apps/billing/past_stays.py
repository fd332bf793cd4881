"""Reading the stays of a past period, in batches and without an object for each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.core.db.statement import Statement

from .lab.rerating import PastStay

BATCH: Final = 5_000
_NO_ID: Final = UUID(int=0)

# Where a location has a rate of its own, one for all locations does not price its stays.
_WHERE = """
FROM {schema}.billing_stayfee AS fee
WHERE charged_at >= %(since)s AND charged_at < %(until)s AND unpriced_reason <> 'still_parked'
  AND (%(vehicle_type)s = '*' OR vehicle_type = %(vehicle_type)s)
  AND CASE WHEN %(location_id)s::uuid IS NOT NULL THEN location_id = %(location_id)s ELSE NOT EXISTS (
    SELECT FROM {schema}.billing_ratestructure AS own
    WHERE own.rate_id = fee.rate_id AND own.version = fee.rate_version AND own.location_id IS NOT NULL) END
"""
_COUNT = Statement(f"SELECT count(*) {_WHERE}")
_READ = Statement(
    f"""
SELECT stay_id, location_id, vehicle_type, entry_at, ended_at, allowed_until, priced_from::text, total, charged_at
{_WHERE} AND (charged_at, stay_id) > (%(last_at)s, %(last_id)s)
ORDER BY charged_at, stay_id LIMIT %(most)s
""",
    binary=True,
)


class PastPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """The stays charged in [`since`, `until`) (UTC) of a vehicle type ("*": of each), at a location.

    Without a location: at those of all locations that were not priced by a rate of the location's own.
    """

    since: datetime
    until: datetime
    vehicle_type: str
    location_id: UUID | None = None

    def _parameters(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self)


def count_past_stays(period: PastPeriod) -> int:
    """How many stays there are of a period."""
    return int(_COUNT.run(period._parameters())[0][0])


def read_past_stays(period: PastPeriod, *, batch: int = BATCH) -> Iterator[list[PastStay]]:
    """The stays in the order in which they were charged, so many at a time."""
    place: dict[str, Any] = {"last_at": period.since, "last_id": _NO_ID, "most": batch}
    while True:
        rows = list(map(PastStay._make, _READ.run(period._parameters() | place)))
        if rows:
            yield rows
        if len(rows) < batch:
            return
        place |= {"last_at": rows[-1].charged_at, "last_id": rows[-1].stay_id}
