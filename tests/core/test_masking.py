"""No secret gets into the log, whatever a call is given, an exception says or a library writes."""

import io
import json
import logging
from collections.abc import Iterator
from logging.config import dictConfig
from typing import Any

import pytest
import structlog

from apps.core.masking import MASK, masked
from config.logging import LOGGING

TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "pk_k3Jd92_Zm9vYmFyYmF6cXV4"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the platform's own log configuration writes."""
    written = io.StringIO()
    config: dict[str, Any] = {"version": 1, "disable_existing_loggers": False, "formatters": LOGGING["formatters"]}
    handler = {"class": "logging.StreamHandler", "stream": written, "formatter": "json"}
    dictConfig({**config, "handlers": {"h": handler}, "loggers": {"masking": {"handlers": ["h"], "level": "INFO"}}})
    yield written
    logging.getLogger("masking").handlers.clear()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"Authorization: Api-Key {KEY}",
        f"subprotocols bearer, {TOKEN}",
        f"the key {KEY} is unknown",
        "redis://:hunter2hunter2@127.0.0.1:6379/0",
        "postgresql://parking_web:hunter2hunter2@db:5432/parking",
        "GET /reset-password/?token=hunter2hunter2&next=/",
        '{"email": "a@b.example", "password": "hunter2hunter2"}',
        "sk_live_hunter2hunter2",
    ],
)
def test_a_secret_within_a_text_is_masked(text: str) -> None:
    kept = masked(text)

    assert MASK in kept
    assert not any(secret in kept for secret in (TOKEN, KEY, "hunter2"))


@pytest.mark.parametrize(
    "text",
    [
        "password authentication failed for user parking_web",
        'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "http://acme.localhost:8000/api/v1/parking/entries?q=MH12AB1234&status=parked",
        "0198f000-0000-7000-8000-000000000000",
        "handler billing.revenue met a KeyError: 'lines'",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert masked(text) == text


def test_fields_of_a_log_call_are_masked_by_name_at_any_depth(lines: io.StringIO) -> None:
    structlog.get_logger("masking").warning(
        "sign_in", password="hunter2", body={"refreshToken": "abc", "who": ["x", {"otp": "1"}]}, kid="k1"
    )

    line = json.loads(lines.getvalue())
    assert line["password"] == line["body"]["refreshToken"] == line["body"]["who"][1]["otp"] == MASK
    assert (line["event"], line["kid"], line["body"]["who"][0]) == ("sign_in", "k1", "x")


def test_a_traceback_and_a_librarys_own_line_are_masked(lines: io.StringIO) -> None:
    try:
        raise ConnectionError("redis://:hunter2@127.0.0.1 is away")
    except ConnectionError as error:
        structlog.get_logger("masking").error("broken", exc_info=error, error=error)
    logging.getLogger("masking.library").warning("asked with %s", f"Bearer {TOKEN}")

    broken, asked = (json.loads(line) for line in lines.getvalue().splitlines())
    assert "ConnectionError" in broken["exception"]
    assert "hunter2" not in lines.getvalue()
    assert asked["event"] == f"asked with Bearer {MASK}"
