"""`/health`, `/ready` and `/metrics`: true in good days and bad, under any host name, and cheap."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from apps.auth import directory
from apps.core import redis_client
from tests.factories.api import Api

PROBES = ("/health", "/ready", "/metrics")
HOSTS = ("localhost", "acme.localhost", "10.1.2.3:8000", "unknown.example")


@contextmanager
def database_away() -> Iterator[None]:
    """The database's address answers nobody."""
    right, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], "1"
    connection.close()
    directory.forget()
    try:
        yield
    finally:
        connection.settings_dict["PORT"] = right
        connection.close()


@contextmanager
def redis_away() -> Iterator[None]:
    """Redis's address answers nobody."""
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        redis_client.client.cache_clear()
        yield
    redis_client.client.cache_clear()


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_answers_under_any_host_name(host: str, probe: str) -> None:
    with override_settings(ALLOWED_HOSTS=[".localhost"]):
        assert Client().get(probe, headers={"host": host}).status_code == 200


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize("host", HOSTS)
def test_alive_means_alive_whatever_else_is_away(host: str) -> None:
    with database_away(), redis_away():
        alive = Client().get("/health", headers={"host": host})
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})


@pytest.mark.usefixtures("acme")
def test_alive_asks_nothing_of_the_database() -> None:
    with CaptureQueriesContext(connection) as sent:
        Client().get("/health", headers={"host": "acme.localhost"})
    assert list(sent) == []


@pytest.mark.usefixtures("acme")
def test_ready_when_all_is_there() -> None:
    ready = Client().get("/ready")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "redis": "ok", "migrations": "ok"}},
    )


@pytest.mark.usefixtures("own_database")
def test_not_ready_without_the_database() -> None:
    with database_away():
        away = Client().get("/ready", headers={"host": "acme.localhost"})
    assert (away.status_code, away["Retry-After"]) == (503, "5")
    checks = away.json()["checks"]
    assert (checks["redis"], checks["database"]) == ("ok", "unreachable: OperationalError")
    assert Client().get("/ready").status_code == 200


@pytest.mark.usefixtures("own_database")
def test_not_ready_without_redis() -> None:
    with redis_away():
        away = Client().get("/ready")
    assert (away.status_code, away.json()["checks"]["redis"]) == (503, "unreachable: ConnectionError")
    assert away.json()["checks"]["database"] == "ok"


@pytest.mark.usefixtures("own_database")
def test_the_answer_tells_no_address_or_password() -> None:
    with database_away(), redis_away():
        told = Client().get("/ready").content.decode()
    assert os.environ["DATABASE_URL"].split("@")[1].split(":")[0] not in told
    assert "password" not in told.lower()


def test_the_metrics_tell_of_the_outbox(api: Callable[..., Api]) -> None:
    def waiting() -> float:
        page = Client().get("/metrics").content.decode()
        return float(re.findall(r"^parking_outbox_events(?:\{.*\})? (\S+)$", page, re.MULTILINE)[0])

    before = waiting()
    made = api("owner").post("parking/locations", {"name": "North yard", "capacity": 2})
    assert made.status == 201
    assert waiting() == before + 1
    page = Client().get("/metrics").content.decode()
    assert "parking_outbox_oldest_seconds" in page
    assert 'parking_http_requests_total{method="POST",route="api/v1/parking/locations",status="201"}' in page


@pytest.mark.usefixtures("own_database")
def test_the_metrics_are_there_without_the_database() -> None:
    with database_away():
        assert Client().get("/metrics", headers={"host": "acme.localhost"}).status_code == 200
