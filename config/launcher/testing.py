"""`test`: pytest beside throw-away servers, with a browser for the pages."""

import os
import sys
from collections.abc import Sequence

from config.launcher.browser import VARIABLE, find_or_get_browser
from config.launcher.execute import execute, throwaway_home
from config.launcher.refusals import CannotStart

_LEFT_OUT = (
    "NOT TESTED: the pages, for want of a Chrome or Chromium. Install one, or set PARKING_TEST_BROWSER to its path."
)


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments. Gives its exit code. Raises CannotStart when CI would leave tests out."""
    browser = find_or_get_browser()
    if not browser and os.environ.get("CI") == "true":
        raise CannotStart("CI may leave nothing out, and there is no Chrome or Chromium here, nor can one be had.")
    os.environ[VARIABLE] = browser
    command = [sys.executable, "-m", "pytest", *_workers(arguments), *arguments]
    if not browser:
        print(f"\n{_LEFT_OUT}\n", file=sys.stderr)
        command += ["-m", "not browser"]
    with throwaway_home() as home:
        code = execute(command=command, home=home, throwaway=True)
    if not browser:
        print(f"\n{_LEFT_OUT}\n", file=sys.stderr)
    return code


def _workers(arguments: Sequence[str]) -> list[str]:
    """Two processes a core for the whole; for a part of the tests, one is quicker to start than it saves.

    Many tests wait for processes, brokers and browsers; others compute meanwhile. Files come in the order of
    `tests/waiting_first.py`, not with the longest list of tests first, which would leave those that wait to the end.
    """
    whole = not any(argument.startswith("-n") for argument in arguments) and "tests" in arguments
    if not whole:
        return []
    workers = min(8, 2 * (os.cpu_count() or 1))
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
