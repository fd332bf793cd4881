"""Each answered request leaves a line in the log, a count and a duration; its route, never its path, is a label."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories.api import Api

UNKNOWN = "0198f000-0000-7000-8000-000000000000"


def test_an_answer_is_logged_with_its_tenant_and_correlation_id(
    api: Callable[..., Api], capfd: pytest.CaptureFixture[str]
) -> None:
    api().get("parking/occupancy", headers={"x-correlation-id": "yard-7"})
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert line.pop("ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "access",
        "method": "GET",
        "path": "/api/v1/parking/occupancy",
        "status": 200,
        "correlation_id": "yard-7",
        "tenant": "acme",
    }


def test_answers_are_counted_by_route(api: Callable[..., Api]) -> None:
    client = api()
    client.get(f"parking/entries/{UNKNOWN}")
    shown = client.get("/metrics").response.content.decode()
    route = 'route="api/v1/parking/entries/<uuid:entry_id>"'
    assert f'parking_http_requests_total{{method="GET",{route},status="404"}}' in shown
    assert f'parking_http_request_seconds_count{{method="GET",{route}}}' in shown
    assert UNKNOWN not in shown


def test_a_made_up_method_makes_no_new_label(api: Callable[..., Api]) -> None:
    client = api()
    client._send("BREW", "parking/occupancy", None, None)
    shown = client.get("/metrics").response.content.decode()
    assert "BREW" not in shown
    assert 'parking_http_requests_total{method="other"' in shown


def test_probes_and_metrics_are_not_logged(api: Callable[..., Api], capfd: pytest.CaptureFixture[str]) -> None:
    client = api()
    capfd.readouterr()
    client.get("/health")
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("acme")
def test_a_link_that_lets_its_holder_pay_is_not_logged(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    for path in ("/pay/MDE5OGYwMDA.s3cret/", "/api/v1/billing/pay/MDE5OGYwMDA.s3cret"):
        assert client.get(path, headers={"host": "acme.localhost"}).status_code == 404
    said = capfd.readouterr().err
    assert said.count("(not kept)") == 2
    assert "s3cret" not in said
