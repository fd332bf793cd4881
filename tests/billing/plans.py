"""Random plans and stays for the tests of laws."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from apps.billing.tariff import Plan, Stay

ENTRY = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)

prices = st.none() | st.integers(0, 3_000_000)
plans = st.builds(
    Plan,
    currency=st.sampled_from(["INR", "JPY", "KWD"]),
    hourly=prices,
    daily=prices,
    weekly=prices,
    monthly=st.integers(0, 3_000_000),
    grace_minutes=st.sampled_from([0, 1, 10, 15, 90]),
    overstay_multiplier=st.decimals(1, 5, places=3),
    tax_rate=st.just(Decimal(0)) | st.decimals(0, 100, places=2),
    tax_inclusive=st.booleans(),
)
"""Any plan, mostly with prices that no operator would set: the laws hold for them too."""

believable_plans = st.builds(
    Plan,
    currency=st.just("INR"),
    hourly=st.none() | st.integers(1_000, 4_000),
    daily=st.integers(8_000, 30_000),
    weekly=st.none() | st.integers(40_000, 150_000),
    monthly=st.none() | st.integers(100_000, 500_000),
    grace_minutes=st.sampled_from([0, 10, 15]),
    overstay_multiplier=st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(2), Decimal("1.333")]),
    tax_rate=st.sampled_from([Decimal(0), Decimal(5), Decimal(18), Decimal("8.875"), Decimal(100)]),
    tax_inclusive=st.booleans(),
)
"""Plans as operators set them, so that every cap is met."""

minutes = st.integers(0, 3 * 60) | st.integers(0, 3 * 24 * 60) | st.integers(0, 70 * 24 * 60)
allowances = st.none() | minutes


def stay_of(minutes: float, allowed: float | None = None) -> Stay:
    """A stay from `ENTRY` of so many minutes, allowed for so many."""
    end = None if allowed is None else ENTRY + timedelta(minutes=allowed)
    return Stay(entry_at=ENTRY, exit_at=ENTRY + timedelta(minutes=minutes), allowed_until=end)
