"""A log filter for what is said many times a second."""

import logging
from datetime import UTC, datetime, timedelta

import time_machine

from config.seldom import Seldom


def record(text: str, *args: object, name: str = "kafka.net", level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, text, args, None)


def test_the_same_is_told_once_and_then_how_often() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    seldom = Seldom(seconds=30)
    with time_machine.travel(start, tick=False) as clock:
        assert seldom.filter(record("away: %s", "one"))
        assert not seldom.filter(record("away: %s", "two"))
        assert not seldom.filter(record("away: %s", "three"))
        assert seldom.filter(record("away: %s", "one", level=logging.WARNING))
        assert seldom.filter(record("away: %s", "one", name="kafka.cluster"))
        assert seldom.filter(record("something else"))
        clock.shift(timedelta(seconds=31))
        again = record("away: %s", "four")
        assert seldom.filter(again)
        assert again.getMessage() == "away: four (and 2 times since it was last told)"
        assert not seldom.filter(record("away: %s", "five"))
