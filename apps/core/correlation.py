"""The correlation id of what is being done now: from the request's header, into every event and log line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars

from .ids import new_id

HEADER = "X-Correlation-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_current: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """The id in force; one is made where none was given."""
    return _current.get() or begin(None)


def find() -> str | None:
    """The id in force, or None where nothing has one yet."""
    return _current.get() or None


def begin(given: str | None) -> str:
    """Take over a caller's id, or make one where it is missing or unfit for a log line."""
    chosen = given if given and _WELL_FORMED.fullmatch(given) else str(new_id())
    _set(chosen)
    return chosen


@contextmanager
def correlated(given: str | None) -> Iterator[str]:
    """The same for a piece of work inside another, whose id is in force again afterwards."""
    before = _current.get()
    try:
        yield begin(given)
    finally:
        _set(before)


def _set(chosen: str) -> None:
    _current.set(chosen)
    bind_contextvars(correlation_id=chosen)
