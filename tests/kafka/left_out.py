"""Where there is no real broker: which tests are left out, and saying so at the end of the run."""

import os
from collections.abc import Iterator

import pytest

from .availability import why_no_broker_of_our_own, why_no_real_broker

REAL, OWN = "real_broker", "own_broker"


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a real broker can show, where there is none. Raises UsageError in CI, which may not."""
    kept = [item for item in items if not _why_not(item)]
    if len(kept) == len(items):
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"CI may leave nothing out: {why_no_broker_of_our_own()}")
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _why_not(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    if OWN in fixtures:
        return why_no_broker_of_our_own()
    return why_no_real_broker() if REAL in fixtures else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, whenever tests that talk to Kafka ran with less than a real broker of their own."""
    if not any("/kafka/" in name for name in _names(terminalreporter)):
        return
    if why := why_no_real_broker():
        terminalreporter.write_line(f"\nNOT TESTED: a real Kafka; a mock stood in for it. {why}", yellow=True)
    elif why := why_no_broker_of_our_own():
        terminalreporter.write_line(f"\nNOT TESTED: Kafka being killed, TLS and SASL. {why}", yellow=True)


def _names(reporter: pytest.TerminalReporter) -> Iterator[str]:
    for found in reporter.stats.values():
        yield from (getattr(each, "nodeid", "") for each in found)
