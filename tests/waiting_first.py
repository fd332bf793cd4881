"""The order of the files when several processes share the whole run: what waits begins early, beside what computes.

Tests that start processes, brokers and browsers wait most of their time; four of them at once would fight for the
processor as they start, and one that begins last keeps everybody. So the two kinds take turns until one runs out, each
with its longest lists of tests first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
LONGEST = "faults/soak"
WAITING = ("launcher", "kafka", "faults", "flows", "pages", "tenancy", "races", "events", "deployment")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of all files into that order, those of each file as they were."""
    if hasattr(config, "workerinput"):
        place = {path: number for number, path in enumerate(in_order(item.path for item in items))}
        items.sort(key=lambda item: place[item.path])


def in_order(paths_of_tests: Iterable[Path]) -> Iterator[Path]:
    """Each file once. `paths_of_tests` has a file as often as it has tests."""
    tests = Counter(path.relative_to(ROOT) for path in paths_of_tests)
    files = sorted(tests, key=lambda path: (not path.is_relative_to(LONGEST), -tests[path], path))
    waiting = [path for path in files if any(path.is_relative_to(folder) for folder in WAITING)]
    computing = [path for path in files if path not in waiting]
    turns = chain.from_iterable(zip_longest(waiting, computing))
    return (ROOT / path for path in turns if path is not None)
