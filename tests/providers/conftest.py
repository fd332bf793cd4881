"""A provider that stands in, and people who come through it."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.auth.providers import openid

from .standin import StandIn, standing_in


@pytest.fixture(scope="session")
def _served() -> Iterator[StandIn]:
    with standing_in() as served:
        yield served


@pytest.fixture
def provider(_served: StandIn) -> Iterator[StandIn]:
    """All three are configured."""
    _served.reset()
    openid._known.clear()
    openid._away.clear()
    with _served.settings():
        yield _served


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks: Any) -> Any:
    """`with on_commit():` does at its end what waits for the commit, which a test that is rolled back never has."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
