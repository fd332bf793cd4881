"""The process's one Redis client: short time-outs, for what it holds can be had elsewhere."""

from functools import lru_cache

import redis
from django.conf import settings


@lru_cache(maxsize=1)
def client() -> "redis.Redis":
    """A client with a pool of its own; safe to use from threads."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=1.0)
