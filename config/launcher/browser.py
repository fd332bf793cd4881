"""Finds a Chrome or Chromium for the tests of the pages, or gets one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

VARIABLE = "PARKING_TEST_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_or_get_browser() -> str:
    """Give the path of a browser that runs; empty when there is none and none can be had.

    PARKING_TEST_BROWSER, where it is set, decides alone: a path, or empty to do without.
    """
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    return next((path for path in _candidates() if _runs(path)), "")


def _candidates() -> Iterator[str]:
    """Places to look in, then ways to get one; each is tried only when those before have failed."""
    yield from filter(None, (shutil.which(name) for name in _NAMES))
    yield _MAC
    yield _playwright_path()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("  … installing chromium for the tests of the pages", file=sys.stderr, flush=True)
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        yield shutil.which("chromium") or ""
    print("  … getting Playwright's Chromium for the tests of the pages", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=subprocess.DEVNULL, check=False)
    yield _playwright_path()


def _playwright_path() -> str:
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _runs(path: str) -> bool:
    if not path or not os.path.exists(path):
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
