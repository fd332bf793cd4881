"""A client that lost the answer to its refresh: the same Idempotency-Key gives the same pair, for a while."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.core import clock
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import at_host, login
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"
OWN = {"Idempotency-Key": "a-random-word-of-this-client"}


@pytest.fixture
def pair(acme: TenantRef) -> Any:
    return login("operator@acme.example", host=HOST).json


def refresh(refresh_token: str, headers: dict[str, str] | None = None) -> Reply:
    return Api(HOST).post("auth/refresh", {"refreshToken": refresh_token}, headers)


def works(access_token: str) -> bool:
    return at_host(HOST, access_token).get("auth/me").status == 200


def test_the_same_call_gives_the_same_pair(pair: Any) -> None:
    first = refresh(pair["refreshToken"], OWN)
    again = refresh(pair["refreshToken"], OWN)

    assert first.status == again.status == 200
    assert again.json == first.json
    assert works(first.json["accessToken"])
    assert refresh(first.json["refreshToken"], OWN).status == 200


@pytest.mark.parametrize("headers", [None, {"Idempotency-Key": "of-somebody-else"}, {"Idempotency-Key": ""}])
def test_whoever_does_not_know_the_key_is_a_thief(pair: Any, headers: dict[str, str] | None) -> None:
    renewed = refresh(pair["refreshToken"], OWN).json

    assert_problem(refresh(pair["refreshToken"], headers), 401, "refresh_token_reused")

    assert not works(renewed["accessToken"])
    assert_problem(refresh(renewed["refreshToken"]), 401, "invalid_token")


def test_without_a_key_the_first_time_none_helps_the_second(pair: Any) -> None:
    refresh(pair["refreshToken"])

    assert_problem(refresh(pair["refreshToken"], OWN), 401, "refresh_token_reused")


def test_once_the_new_pair_was_used_the_old_token_is_stolen(pair: Any) -> None:
    renewed = refresh(pair["refreshToken"], OWN).json
    refresh(renewed["refreshToken"], OWN)

    assert_problem(refresh(pair["refreshToken"], OWN), 401, "refresh_token_reused")


def test_after_a_minute_it_is_too_late(pair: Any) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        renewed = refresh(pair["refreshToken"], OWN).json
    with time_machine.travel(start + timedelta(seconds=62), tick=False):
        assert_problem(refresh(pair["refreshToken"], OWN), 401, "refresh_token_reused")
        assert not works(renewed["accessToken"])


def test_after_the_sign_out_there_is_nothing_to_repeat(pair: Any) -> None:
    refresh(pair["refreshToken"], OWN)
    Api(HOST).post("auth/logout", {"refreshToken": pair["refreshToken"]})

    assert_problem(refresh(pair["refreshToken"], OWN), 401, "invalid_token")
