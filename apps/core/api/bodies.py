"""Reading what a client sends: JSON bodies and query strings into typed structs, every wrong field named."""

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from django.http import HttpRequest
from msgspec.inspect import StructType, type_info

from apps.core.errors import FieldError, Invalid, Unreadable

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An RFC 3339 timestamp with its offset; a naive one is refused."""

_PATH = re.compile(r" - at `\$\.?(.*)`$")
_NUL = "\x00"


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of what a client may send: camelCase on the wire, unknown fields refused."""


T = TypeVar("T", bound=Body)


@cache
def _decoder(kind: type[T]) -> "msgspec.json.Decoder[T]":
    return msgspec.json.Decoder(kind)


def read_body(request: HttpRequest, kind: type[T]) -> T:
    """The request's JSON as `kind`.

    Raises Unreadable (400) for what is no JSON object, Invalid (422) naming every wrong, missing and unknown field.
    """
    raw = request.body or b"{}"
    try:
        body: T = _decoder(kind).decode(raw)
    except msgspec.ValidationError:
        raise _refusal(raw, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"The body is not valid JSON: {error}.") from None
    if b"\\u0000" in raw:  # the only way to write NUL in JSON; PostgreSQL's text cannot hold it
        raise Invalid("The text contains a NUL character; leave it out.")
    return body


def read_query(request: HttpRequest, kind: type[T]) -> T:
    """The query string as `kind`; numbers, booleans and timestamps are read from their text."""
    given = {name: request.GET[name] for name in request.GET}
    # a '+' of an offset that a client left unescaped arrives as a space
    given = {name: re.sub(r"(T\S+) (\d\d:\d\d)$", r"\1+\2", value) for name, value in given.items() if value != ""}
    if any(_NUL in value for value in given.values()):
        raise Invalid("The query contains a NUL character; leave it out.")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError:
        raise _refusal_of(given, kind, strict=False) from None


def _refusal(raw: bytes, kind: type[Body]) -> Exception:
    loose = msgspec.json.decode(raw)
    if not isinstance(loose, dict):
        return Unreadable("The body must be a JSON object.")
    return _refusal_of(loose, kind, strict=True)


def _refusal_of(given: dict[str, Any], kind: type[Body], *, strict: bool) -> Invalid:
    """Look at each field by itself: the decoder stops at the first error, a person wants all of them."""
    info = type_info(kind)
    assert isinstance(info, StructType)
    known = {field.encode_name: field for field in info.fields}
    hints = msgspec.structs.fields(kind)
    errors = [_unknown(name, known) for name in given if name not in known]
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
    path = f"{name}.{inner[1]}" if inner and inner[1] else name
    message = _PATH.sub("", message)
    code = "naive_timestamp" if "timezone component" in message else "invalid"
    if code == "naive_timestamp":
        message = "The timestamp has no offset; write it like 2026-03-01T08:30:00+05:30 or end it with Z"
    return FieldError(path, code, f"{message}.")
