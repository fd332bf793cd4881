"""Amounts as the admin shows them."""

from typing import Final

from apps.core.money import minor_to_decimal

NOTHING: Final = "–"


def shown(minor: int | None, currency: str) -> str:
    """An amount as people write it; a dash where there is none."""
    return NOTHING if minor is None else f"{minor_to_decimal(minor, currency)} {currency}"
