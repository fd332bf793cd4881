"""Keeps secrets out of what is written down: log lines, and the fields of the audit trail.

By name, where a field is called like a secret; by shape, where one stands in a text such as an error's message or a
traceback.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "(not kept)"
_NAMES = ("password", "secret", "token", "digest", "private", "recovery", "otp", "authorization", "cookie")
_SHAPES = re.compile(
    r"""
      (?P<scheme> \b(?:Bearer|Basic|Api-Key)[ ]+ ) [^\s"',)]+              # a header's value
    | \beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*                                    # a token (RFC 7519)
    | \bpk_[A-Za-z0-9]+_[\w-]+                                             # a key of ours
    | \b(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9+/=]{8,}                 # a payment provider's
    | (?P<user> ://[^\s:/@"']*: ) [^\s/@"']+ (?=@)                         # the password in an address
    | (?P<named> \b(?:password|passwd|secret|\w*token)["']?[ ]*[=:][ ]*["']? ) [^\s"'&,;)}]+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what nobody may read later."""
    lowered = name.lower()
    return any(word in lowered for word in _NAMES)


def masked(value: Any) -> Any:
    """The same value without secrets: mappings by the names of their fields, texts by what a secret looks like."""
    if isinstance(value, str):
        return _SHAPES.sub(_mask, value)
    if isinstance(value, Mapping):
        return {name: MASK if is_secret(str(name)) else masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    if isinstance(value, BaseException):
        return masked(repr(value))
    return value


def mask_log_line(logger: object, method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A structlog processor: the line as it may be written. It goes behind whatever turns exceptions into text."""
    return dict(masked(line))


def _mask(found: re.Match[str]) -> str:
    return next((kept for kept in found.groups() if kept), "") + MASK
