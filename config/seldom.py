"""A log filter for those who say the same thing ten times a second while a server is away."""

import logging


class Seldom(logging.Filter):
    """Lets a message through when the same logger has not said it for a while, and tells how often it was held back.

    The same is what has the same level and begins with the same words: addresses and counts differ.
    """

    def __init__(self, *, seconds: float = 30.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.levelno, str(record.msg)[:40])
        now = record.created
        said_at, held_back = self._said.get(kind, (0.0, 0))
        if now - said_at < self._seconds:
            self._said[kind] = (said_at, held_back + 1)
            return False
        self._said[kind] = (now, 0)
        if held_back:
            record.msg, record.args = f"{record.getMessage()} (and {held_back} times since it was last told)", None
        return True
