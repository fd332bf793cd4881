"""Writing what a client gets: structs as JSON, decimals as exact JSON numbers."""

from typing import Any

import msgspec
from django.http import HttpResponse

_encode = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical").encode


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what the API answers: camelCase on the wire."""


def reply(answer: object, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON response. Header names are given with underscores: `reply(x, ETag='"3"')`."""
    response = HttpResponse(_encode(answer), content_type="application/json", status=status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def to_json(answer: object) -> str:
    """The same encoding for a socket's text frame."""
    return _encode(answer).decode()


def no_content() -> HttpResponse:
    """204: done, and nothing to say."""
    return HttpResponse(status=204)


def encode(value: Any) -> bytes:
    """The same encoding as bytes."""
    return _encode(value)
