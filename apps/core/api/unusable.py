"""Well-formed values that nothing behind the API can hold: NUL in a text, an instant outside of all years or zones."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from apps.core.errors import FieldError, Invalid

# The only ways to write any of them, escaped digits included: so most bodies are not looked through.
_SUSPECT = re.compile(rb'\\u00|0001-01-01|9999-12-31|[+-](?:1[6-9]|2\d):?\d\d(?:["&]|$)')
_WIDEST_OFFSET = timedelta(hours=16)  # PostgreSQL takes less than that; the widest in use is 14 hours


def refuse_unusable(raw: bytes, body: msgspec.Struct) -> None:
    """Raise Invalid naming the fields of a decoded body that hold such a value."""
    if _SUSPECT.search(raw):
        names = {field.name: field.encode_name for field in msgspec.structs.fields(body)}
        refuse_unusable_fields((wire, getattr(body, name)) for name, wire in names.items())


def refuse_unusable_fields(given: Iterable[tuple[str, Any]]) -> None:
    """The same for names and their values."""
    errors = tuple(FieldError(name[:60], *fault) for name, value in given if (fault := _fault(value)) is not None)
    if errors:
        raise Invalid(f"Check {', '.join(error.field for error in errors)}.", errors=errors)


def _fault(value: Any) -> tuple[str, str] | None:
    if isinstance(value, str):
        return ("nul_character", "The text contains a NUL character; leave it out.") if "\0" in value else None
    if isinstance(value, datetime):
        return _fault_of_instant(value)
    return next((fault for part in _parts(value) if (fault := _fault(part)) is not None), None)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list | tuple) else ()


def _fault_of_instant(instant: datetime) -> tuple[str, str] | None:
    if abs(instant.utcoffset() or timedelta()) >= _WIDEST_OFFSET:
        return "out_of_range", "The offset lies outside of -15:59 to +15:59."
    try:
        instant.astimezone(UTC)
    except OverflowError:
        return "out_of_range", "The instant lies outside of the years 1 to 9999 UTC."
    return None
