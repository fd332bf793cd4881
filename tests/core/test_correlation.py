"""One id from the request's header through the answer, the problem, the event and every log line."""

import json
import logging
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import structlog
from django.conf import settings

from apps.core import correlation, tenancy
from apps.core.models import Event
from apps.core.tasks import forget_old_answers
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.factories.api import Api
from tests.refusals import assert_problem

GIVEN = "truck-gate:7.1_x"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Log lines as the console's formatter writes them."""
    formatter = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        settings.LOGGING["formatters"]["json"].copy()
    )
    written: list[str] = []

    class Console(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    console = Console()
    console.setFormatter(formatter)
    logging.getLogger().addHandler(console)
    yield lambda: [json.loads(line) for line in written]
    logging.getLogger().removeHandler(console)


def entry(yard: UUID, plate: str = "MH 1") -> dict[str, str]:
    return {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(yard)}


def test_a_callers_id_comes_back_and_goes_into_the_event(api: Callable[..., Api], yard: UUID, acme: TenantRef) -> None:
    answer = api().post("parking/entries", entry(yard), headers={"X-Correlation-Id": GIVEN})
    assert answer["X-Correlation-Id"] == GIVEN
    with tenancy.enter(acme):
        assert Event.objects.get(aggregate_id=answer.json["id"]).metadata["correlationId"] == GIVEN


def test_without_one_each_request_gets_its_own(api: Callable[..., Api], yard: UUID, acme: TenantRef) -> None:
    answers = [api().post("parking/entries", entry(yard, plate)) for plate in ("MH 1", "MH 2")]
    ids = [answer["X-Correlation-Id"] for answer in answers]
    assert len({UUID(given) for given in ids}) == 2
    with tenancy.enter(acme):
        told = Event.objects.filter(type="VehicleEntered").order_by("position")
        assert [event.metadata["correlationId"] for event in told] == ids


@pytest.mark.parametrize("unfit", ["", " ", "x" * 101, "two words", "new\nline", "<script>", "ключ", '"}'])
def test_an_id_unfit_for_a_log_line_is_replaced(api: Callable[..., Api], unfit: str) -> None:
    answer = api().get("auth/me", headers={"X-Correlation-Id": unfit})
    assert UUID(answer["X-Correlation-Id"])


def test_a_refusal_names_it(api: Callable[..., Api]) -> None:
    for caller, address in ((api(), "parking/entries?x=1"), (api(), "/api/nothing"), (Api("no.such.host"), "auth/me")):
        refused = caller.get(address, headers={"X-Correlation-Id": GIVEN})
        assert refused.status >= 400
        assert refused.json["correlationId"] == refused["X-Correlation-Id"] == GIVEN


def test_the_access_line_is_json_and_carries_it(
    api: Callable[..., Api], yard: UUID, capfd: pytest.CaptureFixture[str]
) -> None:
    gate = api()
    capfd.readouterr()
    gate.post("parking/entries", entry(yard), headers={"X-Correlation-Id": GIVEN})
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = {name: line[name] for name in ("event", "method", "path", "status", "correlation_id", "tenant", "logger")}
    assert told == {
        "event": "request",
        "method": "POST",
        "path": "/api/v1/parking/entries",
        "status": 201,
        "correlation_id": GIVEN,
        "tenant": "acme",
        "logger": "access",
    }


def test_every_line_of_ours_and_of_the_libraries_carries_it(lines: Callable[[], list[dict[str, object]]]) -> None:
    with correlation.correlated(GIVEN):
        structlog.get_logger("ours").info("something_happened")
        logging.getLogger("django.request").error("theirs: %s", 7)
    assert [(line["event"], line["correlation_id"]) for line in lines()] == [
        ("something_happened", GIVEN),
        ("theirs: 7", GIVEN),
    ]


def test_probes_are_not_logged(api: Callable[..., Api], capfd: pytest.CaptureFixture[str]) -> None:
    gate = api()
    capfd.readouterr()
    for probe in ("/health", "/ready", "/metrics"):
        assert gate.get(probe).status == 200
    assert capfd.readouterr().err == ""


def test_a_task_goes_on_under_the_id_that_asked_for_it_and_else_has_its_own(acme: TenantRef) -> None:
    seen: list[str] = []

    @app.task(public=True)
    def remember() -> None:
        seen.append(correlation.correlation_id())

    with correlation.correlated(GIVEN):
        remember.delay()
        remember.apply_async(headers={"parking_correlation": "another"})
        remember()
        assert correlation.correlation_id() == GIVEN
    assert seen[:2] == [GIVEN, "another"]
    assert UUID(seen[2])
    assert forget_old_answers.public


def test_a_piece_of_work_gives_the_id_back(api: Callable[..., Api]) -> None:
    with correlation.correlated("outer"):
        with correlation.correlated("inner"):
            assert correlation.correlation_id() == "inner"
        assert correlation.correlation_id() == correlation.find() == "outer"
    with pytest.raises(ZeroDivisionError), correlation.correlated("failing"):
        raise ZeroDivisionError
    assert correlation.find() != "failing"
    assert_problem(api().get("/api/nothing"), 404, "not_found")
