"""Outside failures that identity has to live with."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from apps.core import redis_client


@pytest.fixture
def redis_away() -> Iterator[None]:
    """Redis cannot be reached: its address is a port where nobody listens."""
    redis_client.client.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        yield
    redis_client.client.cache_clear()
