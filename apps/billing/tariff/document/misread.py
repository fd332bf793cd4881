"""What is wrong with a plan's JSON that cannot be read as one, in words that say what to do."""

import re
from typing import Any, Final

import msgspec

from apps.billing.tariff.refusals import InvalidPlan

from .plan import Choice, Flag, Number, Window
from .times import CLOCK_PATTERN, DATE_PATTERN, LENGTH_PATTERN

_WRITTEN: Final = {
    LENGTH_PATTERN: 'A length of time is written like "30m", "1h30m", "24h", "7d" or "45s".',
    CLOCK_PATTERN: 'A clock time is written "00:00" to "24:00".',
    DATE_PATTERN: "A date is written like 2026-03-29.",
}
_NAMED: Final[dict[str, Any]] = {"windows": Window, "facts": Flag | Choice | Number}
_SCHEMA: Final = "docs/plan.schema.json lists what there is"


def misread(error: msgspec.ValidationError, text: bytes) -> InvalidPlan:
    """The refusal of a plan that msgspec cannot read, with its path."""
    message, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if "[...]" in path:
        path = _with_name(path, text)
    return InvalidPlan(path, _words(message, path))


def _words(message: str, path: str) -> str:
    pattern = re.search(r"matching regex '(.*)'$", message)
    if pattern:
        return _WRITTEN.get(pattern[1].replace("\\\\", "\\"), f"{message}.")
    if unknown := re.search(r"unknown field `(.*)`", message):
        return f"There is no {unknown[1]!r} here; take it out ({_SCHEMA})."
    if missing := re.search(r"missing required field `(.*)`", message):
        return f"{missing[1]!r} is missing here; every key has to be said."
    if message.startswith("Invalid value") and path.endswith((".kind", ".is")):
        return f"There is no such kind here; {_SCHEMA}."
    if path == "format":
        return "Plans are written in format 1."
    return f"{message}."


def _with_name(path: str, text: bytes) -> str:
    """The path with the name of the window or fact that cannot be read, which msgspec leaves out."""
    place = path.partition("[...]")[0]
    try:
        read = msgspec.json.decode(text, type=dict[str, Any]).get(place)
    except RecursionError:
        return path
    for name, value in read.items() if place in _NAMED and isinstance(read, dict) else ():
        try:
            msgspec.convert(value, _NAMED[place])
        except msgspec.ValidationError:
            return path.replace("[...]", f".{name}", 1)
    return path
