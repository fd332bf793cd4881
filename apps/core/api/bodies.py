"""Reading what a client sends: JSON bodies and query strings into typed structs, every wrong field named."""

import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Annotated, Any, TypeVar

import msgspec
from django.conf import settings
from django.http import HttpRequest
from msgspec.inspect import StructType, type_info

from apps.core.errors import FieldError, Invalid, TooLarge, Unreadable

from .unusable import refuse_unusable, refuse_unusable_fields

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An RFC 3339 timestamp with its offset; a naive one is refused."""

_PATH = re.compile(r" - at `\$\.?(.*)`$")
# a '+' of an offset that a client left unescaped arrives as a space
_SPACED_OFFSET = re.compile(r"(\d{4}-\d\d-\d\dT\S+) (\d\d:\d\d)")
# what the decoder says in the words of a standard that nobody who typed it wrong has read
_PLAINLY = {
    "Invalid RFC3339 encoded datetime": "Write an instant with its offset, like 2026-03-01T08:30:00+05:30",
    "Invalid RFC3339 encoded date": "Write a date like 2026-03-01",
    "Invalid UUID": "Write an id as the API gives it, like 01a21e6c-084b-7469-a9bb-89c8fc6f4fe3",
}
MOST_ERRORS = 50
"""So many wrong fields are named: the answer to a hostile body is no larger than its question."""


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of what a client may send: camelCase on the wire, unknown fields refused."""


T = TypeVar("T", bound=msgspec.Struct)


@cache
def _decoder(kind: type[T]) -> "msgspec.json.Decoder[T]":
    return msgspec.json.Decoder(kind)


def read_body(request: HttpRequest, kind: type[T]) -> T:
    """The request's JSON as `kind`. Raises what `decode_body` does."""
    return decode_body(request.body or b"{}", kind)


def decode_body(raw: bytes, kind: type[T]) -> T:
    """A JSON text as `kind`, wherever it came from.

    Raises Unreadable (400) for what is no JSON object, TooLarge, Invalid (422) naming every wrong, missing, unknown
    and repeated field.
    """
    if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:  # Django trusts the declared length, and chunks declare none
        raise TooLarge(f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KiB.")
    try:
        body: T = _decoder(kind).decode(raw)
        _STRICT.decode(raw.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _refusal(raw, kind) from None
    refuse_unusable(raw, body)
    return body


def read_query(request: HttpRequest, kind: type[T]) -> T:
    """The query string as `kind`; numbers, booleans and timestamps are read from their text. Raises Invalid."""
    given = {name: _once(name, request.GET.getlist(name)) for name in request.GET}
    given = {name: _SPACED_OFFSET.sub(r"\1+\2", value) for name, value in given.items() if value != ""}
    refuse_unusable_fields(given.items())
    try:
        query = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError:
        raise _refusal_of(given, kind, strict=False) from None
    refuse_unusable("&".join(given.values()).encode(), query)
    return query


def _once(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise Invalid.field(name[:60], "duplicate_field", f"{name[:60]} is given {len(values)} times; give it once.")
    return values[0]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # readers of JSON differ in which of two they take, so a gateway may have checked another one than we would use
    names = dict(pairs)
    if len(names) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = [name[:60] for name, count in counts.items() if count > 1][:MOST_ERRORS]
        errors = tuple(FieldError(name, "duplicate_field", f"{name} is given twice; give it once.") for name in twice)
        raise Invalid(f"Check {', '.join(twice)}.", errors=errors)
    return names


_STRICT = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_int=str, parse_float=str)


def _refusal(raw: bytes, kind: type[msgspec.Struct]) -> Exception:
    """Why a body was refused. What is no JSON at all is told before what is wrong in it."""
    try:
        loose = msgspec.json.decode(raw)
        _STRICT.decode(raw.decode())
    except RecursionError:
        return Unreadable("The body is nested too deeply.")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Unreadable(f"The body is not readable JSON: {_PATH.sub('', str(error)).rstrip('.')}.")
    if not isinstance(loose, dict):
        return Unreadable("The body must be a JSON object.")
    return _refusal_of(loose, kind, strict=True)


def _refusal_of(given: dict[str, Any], kind: type[msgspec.Struct], *, strict: bool) -> Invalid:
    """Look at each field by itself: the decoder stops at the first error, a person wants all of them."""
    info = type_info(kind)
    assert isinstance(info, StructType)
    known = {field.encode_name: field for field in info.fields}
    hints = msgspec.structs.fields(kind)
    errors = [_unknown(name, known) for name in islice((name for name in given if name not in known), MOST_ERRORS)]
    for field in hints:
        name = field.encode_name
        if name not in given:
            if field.required:
                errors.append(FieldError(name, "required", f"{name} is missing."))
            continue
        try:
            msgspec.convert(given[name], field.type, strict=strict, builtin_types=())
        except msgspec.ValidationError as error:
            errors.append(_field_error(name, error))
    names = ", ".join(error.field for error in errors)
    return Invalid(f"Check {names}." if errors else "Check the values.", errors=tuple(errors))


def _unknown(name: str, known: dict[str, Any]) -> FieldError:
    shown = name[:60]
    return FieldError(shown, "unknown_field", f"{shown} is not a field here; the fields are {', '.join(known)}.")


def _field_error(name: str, error: msgspec.ValidationError) -> FieldError:
    message = str(error)
    inner = _PATH.search(message)
    path = f"{name}.{inner[1]}".replace(".[", "[") if inner and inner[1] else name
    message = _PATH.sub("", message)
    code = "naive_timestamp" if "timezone component" in message else "invalid"
    if code == "naive_timestamp":
        message = "The timestamp has no offset; write it like 2026-03-01T08:30:00+05:30 or end it with Z"
    return FieldError(path, code, f"{_PLAINLY.get(message, message)}.")
