"""Nobody floods the API: calls of one sender, and of one tenant, in ten seconds, whichever process they meet."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings

from apps.core.api import limits
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.access import with_key
from tests.refusals import assert_problem, nothing_written

NOON = datetime(2026, 3, 2, 12, 0, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[Any]:
    """Three seconds into a window, in a process that has counted nothing."""
    limits.forget()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    limits.forget()


def told_by_another_process(subject: object, calls: int) -> None:
    client().incrby(f"api-requests:{int(NOON.timestamp()) // 10}:{subject}", calls)


def test_the_call_beyond_the_limit_is_refused_until_the_window_ends(api: Callable[..., Api], noon: Any) -> None:
    gate, colleague = api("operator"), api("manager")

    with override_settings(API_REQUESTS_PER_SENDER=3):
        assert [gate.get("parking/occupancy").status for _ in range(3)] == [200] * 3
        body = {
            "vehicleNumber": "KA 01 A 1",
            "vehicleType": "car",
            "locationId": "0198f000-0000-7000-8000-000000000000",
        }
        with nothing_written():
            refused = gate.post("parking/entries", body)

        assert_problem(refused, 429, "too_many_requests")
        assert refused.response["Retry-After"] == "7"
        assert colleague.get("parking/occupancy").status == 200
        noon.shift(7)
        assert gate.get("parking/occupancy").status == 200


def test_a_tenants_people_and_keys_are_counted_together_and_no_other_tenants(api: Callable[..., Api]) -> None:
    gate, colleague, stranger = api("operator"), api("manager"), api("operator", "globex")
    key = with_key(("occupancy", "read"))

    with override_settings(API_REQUESTS_PER_TENANT=3):
        assert [sender.get("parking/occupancy").status for sender in (gate, colleague, key)] == [200] * 3
        assert_problem(colleague.get("parking/occupancy"), 429, "too_many_requests")
        assert_problem(key.get("parking/occupancy"), 429, "too_many_requests")
        assert stranger.get("parking/occupancy").status == 200


def test_a_key_has_a_count_of_its_own(api: Callable[..., Api]) -> None:
    gate, key = api("operator"), with_key(("occupancy", "read"))

    with override_settings(API_REQUESTS_PER_SENDER=1):
        assert key.get("parking/occupancy").status == 200
        assert_problem(key.get("parking/occupancy"), 429, "too_many_requests")
        assert gate.get("parking/occupancy").status == 200


def test_who_has_no_name_is_counted_by_address(acme: TenantRef) -> None:
    here = Api("acme.localhost")
    there = Api("acme.localhost", client=Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.7"))

    with override_settings(API_REQUESTS_PER_SENDER=2):
        assert [here.get("auth/me").status for _ in range(2)] == [401] * 2
        assert_problem(here.get("auth/me"), 429, "too_many_requests")
        assert there.get("auth/me").status == 401


def test_tokens_that_are_none_are_counted_by_address(acme: TenantRef) -> None:
    here = Api("acme.localhost", token="made.up.token")

    with override_settings(API_REQUESTS_PER_SENDER=2):
        assert [here.get("auth/me").status for _ in range(2)] == [401] * 2
        assert_problem(here.get("auth/me"), 429, "too_many_requests")


def test_what_other_processes_were_asked_counts(api: Callable[..., Api]) -> None:
    gate = api("operator")
    who = gate.get("auth/me").json["user"]["id"]

    with override_settings(API_REQUESTS_PER_SENDER=100):
        told_by_another_process(who, 98)
        assert gate.get("parking/occupancy").status == 200, "with the one before it is the hundredth"
        assert_problem(gate.get("parking/occupancy"), 429, "too_many_requests")


def test_redis_is_told_of_every_hundredth_part(api: Callable[..., Api]) -> None:
    gate = api("operator")
    limits.forget()

    with override_settings(API_REQUESTS_PER_SENDER=400, API_REQUESTS_PER_TENANT=0):
        for _ in range(7):
            gate.get("parking/occupancy")

    (key,) = client().keys("api-requests:*")
    assert int(client().get(key) or 0) == 4
    assert 10 < client().ttl(key) <= 20


def test_without_redis_a_process_holds_its_own_callers_to_the_limit(api: Callable[..., Api]) -> None:
    gate = api("operator")

    with override_settings(API_REQUESTS_PER_SENDER=2, REDIS_URL="redis://127.0.0.1:1/0"):
        client.cache_clear()
        try:
            assert [gate.get("auth/me").status for _ in range(2)] == [200] * 2
            assert gate.get("auth/me").status == 429
        finally:
            client.cache_clear()


def test_none_is_no_limit(api: Callable[..., Api]) -> None:
    gate = api("operator")

    with override_settings(API_REQUESTS_PER_SENDER=0, API_REQUESTS_PER_TENANT=0):
        assert {gate.get("auth/me").status for _ in range(20)} == {200}
    assert client().keys("api-requests:*") == []
