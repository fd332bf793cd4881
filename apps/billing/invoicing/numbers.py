"""The numbers of invoices and credit notes: gapless for each tenant and year of its calendar."""

from datetime import date
from typing import Final

from apps.core import tenancy
from apps.core.db.statement import Statement

SERIES: Final = {"invoice": "INV", "credit_note": "CN"}
_NEXT = Statement("""
INSERT INTO {schema}.billing_documentsequence AS sequence (series, last) VALUES (%(series)s, 1)
ON CONFLICT (series) DO UPDATE SET last = sequence.last + 1
RETURNING last
""")


def next_number(kind: str, issue_date: date) -> str:
    """The next number, such as ACME-INV-2026-000123; its sequence is locked until the caller's transaction ends."""
    series = SERIES[kind]
    last: int = _NEXT.run({"series": f"{series}-{issue_date.year}"})[0][0]
    return f"{tenancy.current().slug.upper()}-{series}-{issue_date.year}-{last:06d}"
