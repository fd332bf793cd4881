"""What is kept of each finished request: a line of the access log, a count and a duration.

Both are written here and not by structlog over `logging` and django-prometheus' two middlewares, which cost a tenth of
a recorded entry each (docs/performance.md). The line looks like every other one of the log.
"""

import contextlib
import logging
import os
from functools import lru_cache

import msgspec
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from . import clock
from .masking import MASK

_STDERR = 2
_LONGEST_PATH = 1000
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_log = logging.getLogger("access")
_encode = msgspec.json.Encoder().encode

REQUESTS = Counter("parking_http_requests", "Requests answered, by route", ["method", "route", "status"])
SECONDS = Histogram(
    "parking_http_request_seconds",
    "Time to the answer, by route",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)


def record_request(request: HttpRequest, response: HttpResponse, *, seconds: float, correlation_id: str) -> None:
    """Count an answered request and tell the access log of it (standard error, level INFO of the logger `access`)."""
    match = request.resolver_match
    count, duration = _metrics(request.method or "", match.route if match else "none", response.status_code)
    count.inc()
    duration.observe(seconds)
    if _log.isEnabledFor(logging.INFO):
        _write(request, response, seconds, correlation_id)


@lru_cache(maxsize=10_000)
def _metrics(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    named = method if method in _METHODS else "other"
    return REQUESTS.labels(named, route, str(status)), SECONDS.labels(named, route)


def _write(request: HttpRequest, response: HttpResponse, seconds: float, correlation_id: str) -> None:
    tenant = getattr(request, "tenant", None)
    line = {
        "event": "request",
        "level": "info",
        "logger": "access",
        "timestamp": clock.now(),
        "method": request.method,
        "path": _path(request)[:_LONGEST_PATH],
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "correlation_id": correlation_id,
        "tenant": tenant.slug if tenant else None,
    }
    with contextlib.suppress(OSError):  # a log that cannot be written stops no vehicle
        os.write(_STDERR, _encode(line) + b"\n")


def _path(request: HttpRequest) -> str:
    """The path, without the `link` in it that is a secret of whoever holds it."""
    match = request.resolver_match
    link = match.kwargs.get("link") if match else None
    return request.path.replace(link, MASK) if link else request.path
