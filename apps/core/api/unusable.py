"""Well-formed values that nothing behind the API can hold: NUL in a text, an instant outside of all years."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from apps.core.errors import FieldError, Invalid

# The only ways to write either of them, escaped digits included: so most bodies are not looked through.
_SUSPECT = re.compile(rb"\\u00|0001-01-01|9999-12-31")


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
        return None if _has_a_year(value) else ("out_of_range", "The instant lies outside of the years 1 to 9999 UTC.")
    return next((fault for part in _parts(value) if (fault := _fault(part)) is not None), None)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list | tuple) else ()


def _has_a_year(instant: datetime) -> bool:
    try:
        instant.astimezone(UTC)
    except OverflowError:
        return False
    return True
