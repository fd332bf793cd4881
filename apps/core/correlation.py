"""The correlation id of what is being done now: from the request's header, into every event and log line."""

import re
from contextvars import ContextVar

from .ids import new_id

HEADER = "X-Correlation-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_current: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """The id in force; one is made where none was given."""
    return _current.get() or begin(None)


def begin(given: str | None) -> str:
    """Take over a caller's id, or make one where it is missing or unfit for a log line."""
    chosen = given if given and _WELL_FORMED.fullmatch(given) else str(new_id())
    _current.set(chosen)
    return chosen
