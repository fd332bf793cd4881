"""GET reports/revenue over HTTP: the answer whole, as CSV, what it refuses, and as the document describes it."""

import csv
import io
import json
from decimal import Decimal

import jsonschema
import pytest

from apps.core import tenancy
from apps.parking.models import Location
from tests.refusals import assert_problem, nothing_written
from tests.reports.conftest import hear
from tests.reports.town import Town

MARCH = {"from": "2026-03-01T00:00:00+05:30", "to": "2026-03-08T00:00:00+05:30"}


@pytest.fixture
def manager(api, acme):
    """A manager of acme, whose reports have heard of a lively town. No tenant is entered around the requests."""
    with tenancy.enter(acme):
        Town(12).live(80)
        hear()
    return api("manager")


def test_the_answer_whole(manager, acme):
    answer = manager.get("reports/revenue", **MARCH, groupBy="day")
    assert answer.status == 200
    report = answer.json
    rows, (total,) = report.pop("rows"), report.pop("totals")
    assert report == {
        "from": "2026-02-28T18:30:00Z",
        "to": "2026-03-07T18:30:00Z",
        "groupBy": "day",
        "timezone": "Asia/Kolkata",
        "locationId": None,
    }
    assert [row["periodStart"] for row in rows] == [f"2026-{day}T18:30:00Z" for day in (
        "02-28", "03-01", "03-02", "03-03", "03-04", "03-05", "03-06"
    )]  # fmt: skip
    assert [row["periodEnd"] for row in rows] == [*[row["periodStart"] for row in rows[1:]], report["to"]]
    assert {row["currency"] for row in rows} == {"INR"} == {total["currency"]}
    for name in ("fees", "payments", "stays", "unpricedStays", "refunds", "voids"):
        assert total[name] == sum(row[name] for row in rows)
    assert isinstance(total["fees"], Decimal)
    assert total["fees"].as_tuple().exponent == -2
    assert total["fees"] > total["payments"] > 0
    (cash,) = total["byMethod"]
    assert cash.pop("count") > 0
    assert cash == {"method": "cash", **{name: total[name] for name in ("payments", "refunds", "voids")}}


def test_by_default_it_goes_by_days_and_a_location_narrows_it(manager, acme):
    with tenancy.enter(acme):
        newyork = Location.objects.get(timezone="America/New_York").id
    whole = manager.get("reports/revenue", **MARCH).json
    part = manager.get("reports/revenue", **MARCH, locationId=newyork).json
    assert (whole["groupBy"], part["groupBy"]) == ("day", "day")
    assert (part["timezone"], part["locationId"]) == ("America/New_York", str(newyork))
    assert part["rows"][1]["periodStart"] == "2026-03-01T05:00:00Z"
    assert 0 < part["totals"][0]["stays"] < whole["totals"][0]["stays"]


def test_as_csv_it_has_the_same_rows(manager):
    told = manager.get("reports/revenue", **MARCH, groupBy="hour").json["rows"]
    answer = manager.get("reports/revenue", **MARCH, groupBy="hour", format="csv")
    assert (answer.status, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="revenue.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.response.content.decode(), newline="")))
    assert [list(line) for line in lines[:1]] == [list(told[0])]
    assert len(lines) == len(told) == 7 * 24
    for line, row in zip(lines, told, strict=True):
        assert line == {name: str(value) for name, value in row.items()}


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"from": None}, "from", "required"),
        ({"to": None}, "to", "required"),
        ({"from": "2026-03-01T00:00:00"}, "from", "naive_timestamp"),
        ({"to": "2026-03-08"}, "to", "invalid"),
        ({"to": MARCH["from"]}, "to", "empty_period"),
        ({"to": "2028-03-08T00:00:00Z", "groupBy": "hour"}, "to", "period_too_long"),
        ({"from": "0001-01-01T00:00:00Z"}, "from", "out_of_range"),
        ({"to": "9999-12-31T23:59:59Z"}, "to", "out_of_range"),
        ({"groupBy": "year"}, "groupBy", "invalid"),
        ({"locationId": "north"}, "locationId", "invalid"),
        ({"format": "xlsx"}, "format", "invalid"),
        ({"method": "cash"}, "method", "unknown_field"),
    ],
)
def test_what_it_refuses(api, acme, changed, field, code):
    query = {name: value for name, value in (MARCH | changed).items() if value is not None}
    with nothing_written():
        assert_problem(api("owner").get("reports/revenue", **query), 422, "invalid", **{field: code})


def test_another_tenants_location_is_not_there(manager, api, globex, acme):
    with tenancy.enter(acme):
        place = Location.objects.first().id
    stranger = api("owner", "globex")
    with nothing_written():
        assert_problem(stranger.get("reports/revenue", **MARCH, locationId=place), 404, "location_not_found")
    theirs = stranger.get("reports/revenue", **MARCH).json
    assert [total["stays"] for total in theirs["totals"]] == [0]
    assert theirs["timezone"] == "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("role", "may"), [("manager", True), ("auditor", True), ("operator", False), ("viewer", False)]
)
def test_who_may_see_it(api, acme, role, may):
    answer = api(role).get("reports/revenue", **MARCH)
    if may:
        assert answer.status == 200
    else:
        with nothing_written():
            assert_problem(api(role).get("reports/revenue", **MARCH), 403, "not_permitted")


def test_the_document_describes_it(manager):
    document = json.loads(manager.get("/api/schema/?format=json").response.content)
    call = document["paths"]["/api/v1/reports/revenue"]["get"]
    parameters = {parameter["name"]: parameter for parameter in call["parameters"]}
    assert set(parameters) == {"from", "to", "groupBy", "locationId", "format"}
    assert [name for name, each in parameters.items() if each.get("required")] == ["from", "to"]
    assert set(call["responses"]["200"]["content"]) == {"application/json", "text/csv"}
    schema = {"$ref": "#/components/schemas/RevenueReport", "components": document["components"]}
    answer = manager.get("reports/revenue", **MARCH)
    jsonschema.validate(json.loads(answer.response.content), schema, cls=jsonschema.Draft202012Validator)


def test_a_report_until_now_has_the_quarter_hour_that_is_running(api, acme):
    until_now = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T12:01:30.5Z"}
    report = api("owner").get("reports/revenue", **until_now, groupBy="hour").json
    assert (report["from"], report["to"]) == ("2026-03-01T00:00:00Z", "2026-03-01T12:15:00Z")
    assert report["rows"][-1]["periodEnd"] == report["to"]
