"""A year of recorded fees of one tenant, made inside the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg

FEES: LiteralString = """
INSERT INTO {schema}.billing_stayfee (stay_id, vehicle_type, location_id, duration_minutes, currency, base, penalty,
    discount, tax, total, tax_rate, lines, rate_id, rate_version, plan_hash, unpriced_reason, entry_at, ended_at,
    allowed_until, priced_from, paid, charged_at)
SELECT gen_random_uuid(), %(type)s, (%(sites)s::uuid[])[1 + n %% cardinality(%(sites)s::uuid[])], length / 60, 'INR',
    length / 2, 0, 0, 0, length / 2, 0, '[]', %(rate)s, 1, '', '', begun, ended,
    ended - make_interval(secs => (length * (random() * 1.5 - 0.5))::int), {told}, 0, ended
FROM (SELECT *, ended - make_interval(secs => length) AS begun FROM (
    SELECT n, (60 * exp(5 + 1.4 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::int %% 590000 AS length,
    %(begin)s + make_interval(secs => n * %(apart)s) AS ended FROM generate_series(1, %(count)s) AS n) AS t) AS stays
"""
NOTHING: LiteralString = "'{}'::jsonb"
A_QUARTER_EACH: LiteralString = """CASE n %% 4
    WHEN 0 THEN jsonb_build_object('facts', jsonb_build_object('member', true, 'payloadKg', 2500))
    WHEN 1 THEN jsonb_build_object('earlierVisits', jsonb_build_array(
        jsonb_build_object('entry_at', begun - interval '5 h', 'exit_at', begun - interval '3 h'),
        jsonb_build_object('entry_at', begun - interval '2 h', 'exit_at', begun - interval '10 min')))
    WHEN 2 THEN jsonb_build_object('paidAt', jsonb_build_array(greatest(begun, ended - interval '5 min')),
        'paidUntil', ended + interval '10 min')
    ELSE jsonb_build_object('permit', jsonb_build_object('id', gen_random_uuid(), 'number', 'P-1', 'zone',
        'Asia/Kolkata', 'validFrom', '2020-01-01', 'windows', jsonb_build_array(jsonb_build_object(
            'days', array['mon', 'tue', 'wed', 'thu', 'fri'], 'begins', '07:00', 'ends', '19:00'))))
    END"""


def record_fees(
    session: psycopg.Connection[Any],
    schema: str,
    *,
    vehicle_type: str,
    told: LiteralString,
    sites: Sequence[str],
    rate_id: str,
    period: tuple[datetime, timedelta],
    count: int,
) -> None:
    """So many stays of minutes to a week, charged evenly over a period; `told` is the SQL of what is known besides."""
    begin, length = period
    given = {
        "type": vehicle_type, "sites": list(sites), "rate": rate_id, "begin": begin,
        "apart": length.total_seconds() / count, "count": count,
    }  # fmt: skip
    session.execute("SET TIME ZONE 'UTC'")
    session.execute(FEES.replace("{schema}", schema).replace("{told}", told).encode(), given)
    session.execute(f"VACUUM ANALYZE {schema}.billing_stayfee".encode())
