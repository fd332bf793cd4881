"""`Idempotency-Key`: the same POST twice acts once, and the second gets the first one's answer, byte by byte."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from apps.core import clock, tenancy
from apps.core.models import IdempotencyRecord
from apps.core.tasks import KEPT_HOURS, forget_old_answers
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

ONCE = {"Idempotency-Key": "7f6a2c1e"}


def entry(yard: UUID, plate: str = "MH 1", **more: Any) -> dict[str, Any]:
    return {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(yard)} | more


def same(one: Reply, other: Reply) -> bool:
    return (one.status, one.response.content) == (other.status, other.response.content)


def test_the_same_again_gets_the_first_answer_and_does_nothing(api: Callable[..., Api], yard: UUID) -> None:
    first = api().post("parking/entries", entry(yard), headers=ONCE)
    assert first.status == 201
    assert "Idempotent-Replay" not in first.response.headers
    with nothing_written():
        again = api().post("parking/entries", entry(yard), headers=ONCE)
    assert same(first, again)
    assert (again["Idempotent-Replay"], again["Content-Type"]) == ("true", first["Content-Type"])


def test_an_exit_with_its_payment_is_paid_once(api: Callable[..., Api], yard: UUID) -> None:
    rate = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    assert api("manager").post("billing/rates", rate).status == 201
    api().post("parking/entries", entry(yard, entryTime=(clock.now() - timedelta(minutes=5)).isoformat()))
    leaving = {"vehicleNumber": "MH 1", "payment": {"method": "cash", "amount": 20}}
    first = api().post("parking/exits", leaving, headers=ONCE)
    assert first.status == 201
    with nothing_written():
        assert same(first, api().post("parking/exits", leaving, headers=ONCE))


def test_the_etag_and_location_of_an_answer_come_again(api: Callable[..., Api], acme: TenantRef) -> None:
    for path, body in (
        ("parking/locations", {"name": "South yard", "capacity": 5}),
        ("billing/rates", {"vehicleType": "car", "rates": {"hourly": 20}}),
    ):
        key = {"Idempotency-Key": path}
        first, again = (api("owner").post(path, body, headers=key) for _ in range(2))
        assert same(first, again)
        assert first["ETag"] == again["ETag"] == '"1"'
        assert first.response.headers.get("Location") == again.response.headers.get("Location")


def test_another_body_under_the_same_key_is_refused(api: Callable[..., Api], yard: UUID) -> None:
    api().post("parking/entries", entry(yard), headers=ONCE)
    with nothing_written():
        for body in (entry(yard, "MH 2"), entry(yard, notes=""), {}):
            assert_problem(api().post("parking/entries", body, headers=ONCE), 422, "idempotency_key_reused")


def test_another_call_under_the_same_key_is_refused(api: Callable[..., Api], yard: UUID) -> None:
    body = {"vehicleNumber": "MH 1"}
    assert api().post("parking/exits", body, headers=ONCE).status == 404
    with nothing_written():
        assert_problem(api().post("parking/entries", body, headers=ONCE), 422, "idempotency_key_reused")
        assert_problem(api().post("parking/exits?x=1", body, headers=ONCE), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"vehicleNumber": "MH 1"}, 404), ({"vehicleNumber": ""}, 422), (b"{", 400), ({"colour": "red"}, 422)],
)
def test_a_refusal_is_an_answer_and_comes_again(api: Callable[..., Api], yard: UUID, body: object, status: int) -> None:
    first = api().post("parking/exits", body, headers=ONCE)
    assert first.status == status
    with nothing_written():
        again = api().post("parking/exits", body, headers=ONCE)
    assert same(first, again)
    assert again["Content-Type"] == "application/problem+json"


def test_a_refused_entry_stays_refused_though_it_would_now_be_admitted(api: Callable[..., Api], yard: UUID) -> None:
    gate = api()
    for plate in ("MH 1", "MH 2"):
        gate.post("parking/entries", entry(yard, plate))
    full = gate.post("parking/entries", entry(yard, "MH 3"), headers=ONCE)
    gate.post("parking/exits", {"vehicleNumber": "MH 1"})
    assert full.code == "location_full"
    assert same(full, gate.post("parking/entries", entry(yard, "MH 3"), headers=ONCE))
    assert gate.post("parking/entries", entry(yard, "MH 3"), headers={"Idempotency-Key": "new"}).status == 201


def test_a_key_is_its_callers_own_in_its_own_tenant(api: Callable[..., Api], yard: UUID, globex: TenantRef) -> None:
    made = [
        api(role, tenant).post("parking/locations", {"name": f"Yard of {role}", "capacity": 1}, headers=ONCE)
        for role, tenant in (("owner", "acme"), ("manager", "acme"), ("owner", "globex"))
    ]
    assert [answer.status for answer in made] == [201] * 3
    assert len({answer.json["id"] for answer in made}) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "two\nlines", "bell\a"])
def test_a_key_that_is_none_is_refused(api: Callable[..., Api], yard: UUID, key: str) -> None:
    with nothing_written():
        refused = api().post("parking/entries", entry(yard), headers={"Idempotency-Key": key})
        assert_problem(refused, 422, "invalid", **{"Idempotency-Key": "invalid"})


def test_a_key_means_nothing_to_what_only_reads_or_may_be_repeated(api: Callable[..., Api], yard: UUID) -> None:
    owner = api("owner")
    for _ in range(2):
        assert "Idempotent-Replay" not in owner.get("parking/occupancy", headers=ONCE).response.headers
        changed = owner.patch(f"parking/locations/{yard}", {"capacity": 5}, headers=ONCE)
        assert "Idempotent-Replay" not in changed.response.headers


def test_tokens_are_never_kept(acme: TenantRef) -> None:
    who = {"email": "owner@acme.example", "password": "parking-demo"}
    first, again = (Api("acme.localhost").post("auth/login", who, headers=ONCE) for _ in range(2))
    assert first.json["accessToken"] != again.json["accessToken"]
    with tenancy.enter(acme):
        assert not IdempotencyRecord.objects.exists()


def test_answers_are_forgotten_after_two_days_in_every_tenant(
    api: Callable[..., Api], acme: TenantRef, globex: TenantRef
) -> None:
    for tenant in (acme, globex):
        for age, key in ((KEPT_HOURS - 1, "young"), (KEPT_HOURS + 1, "old")):
            made = api("owner", tenant.slug).post("parking/gates", {}, headers={"Idempotency-Key": key})
            assert made.status == 422
            with tenancy.enter(tenant):
                IdempotencyRecord.objects.filter(key=key).update(created_at=clock.now() - timedelta(hours=age))
    app.tasks[forget_old_answers.name].delay()
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            assert [record.key for record in IdempotencyRecord.objects.all()] == ["young"]


@pytest.mark.usefixtures("own_database")
def test_a_failure_of_ours_is_not_kept_so_that_it_can_be_tried_again(
    api: Callable[..., Api], acme: TenantRef, yard: UUID
) -> None:
    gate = api()
    with tenancy.enter(acme), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with psycopg.connect(os.environ["DATABASE_URL"]) as someone:
        someone.execute(f"SELECT FROM {acme.schema}.parking_occupancy FOR UPDATE")
        with nothing_written():
            busy = gate.post("parking/entries", entry(yard), headers=ONCE)
        assert_problem(busy, 503, "unavailable")
        assert int(busy["Retry-After"]) >= 1
    done = gate.post("parking/entries", entry(yard), headers=ONCE)
    assert done.status == 201
    assert "Idempotent-Replay" not in done.response.headers


@pytest.mark.usefixtures("own_database")
def test_what_a_keyed_call_changed_is_read_by_the_next_call(api: Callable[..., Api], yard: UUID) -> None:
    gate = api()
    for number in (1, 2):
        assert gate.get("parking/occupancy").json["occupied"] == number - 1
        key = {"Idempotency-Key": f"entry-{number}"}
        assert gate.post("parking/entries", entry(yard, f"MH {number}"), headers=key).status == 201
        assert gate.get("parking/occupancy").json["occupied"] == number
