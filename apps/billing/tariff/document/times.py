"""How a plan writes times: lengths as "1h30m", clock times as "22:30"."""

import re
from typing import Annotated, Final

from msgspec import Meta

LENGTH_PATTERN: Final = r"^(?=\d)(\d{1,4}d)?(\d{1,5}h)?(\d{1,5}m)?(\d{1,6}s)?$"
CLOCK_PATTERN: Final = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"
DATE_PATTERN: Final = r"^\d{4}-\d\d-\d\d$"
_PARTS: Final = re.compile(LENGTH_PATTERN)
_SECONDS: Final = (86_400, 3_600, 60, 1)

Length = Annotated[
    str, Meta(pattern=LENGTH_PATTERN, description='A length of time, like "30m", "1h30m", "24h", "7d", "45s".')
]
ClockTime = Annotated[str, Meta(pattern=CLOCK_PATTERN, description='A local clock time, "00:00" to "24:00".')]
Date = Annotated[str, Meta(pattern=DATE_PATTERN, description="A local date, like 2026-03-29.")]

DAY: Final = 86_400
LONGEST: Final = 366 * DAY
"""No length in a plan, and no stay under one that looks at the clock, is longer than this many seconds."""


def length_seconds(text: str) -> int:
    """Seconds of a length; a day in it is 24 hours. Raises ValueError."""
    found = _PARTS.match(text)
    if found is None:
        raise ValueError(f'{text!r} is no length of time; write it like "1h30m".')
    return sum([int(part[:-1]) * size for part, size in zip(found.groups(), _SECONDS, strict=True) if part])


def clock_seconds(text: str) -> int:
    """Seconds of a clock time since 00:00 on a day without a change of clocks: "24:00" is 86,400."""
    return int(text[:2]) * 3_600 + int(text[3:5]) * 60


def length_words(seconds: int) -> str:
    """A length for people: "45 min", "2 h 30 min", "1 d 1 h", "20 s"."""
    parts = []
    for size, word in zip(_SECONDS, ("d", "h", "min", "s"), strict=True):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {word}")
    return " ".join(parts) or "0 min"
