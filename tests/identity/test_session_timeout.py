"""`sessionTimeoutMinutes`: a sign-in that nobody uses ends; one in use goes on, but not for ever."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.auth.commands.security_rules import change_security_rules
from apps.auth.models import SignInSession
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import at_host, login
from tests.identity.test_next_request import browser

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"
START = clock.now().replace(microsecond=0)


def timeout(tenant: TenantRef, minutes: int) -> None:
    """Let a tenant's sign-ins end after so many minutes without a use."""
    change_security_rules(
        tenant_id=tenant.id,
        changes={"session_timeout_minutes": minutes},
        expected_version=None,
        actor=SYSTEM,
        address="",
        confirmed=False,
        at=clock.now(),
    )


@contextmanager
def later(**passed: float) -> Iterator[datetime]:
    """So long after the start; Redis has forgotten what it keeps for a minute."""
    for kind in ("signin", "watched"):
        for key in client().scan_iter(f"{kind}:*"):
            client().delete(key)
    at = START + timedelta(**passed)
    with time_machine.travel(at, tick=False):
        yield at


@pytest.fixture
def pair(acme: TenantRef) -> Any:
    with time_machine.travel(START, tick=False):
        timeout(acme, 10)
        return login("operator@acme.example", host=HOST).json


def used(token: str) -> int:
    return at_host(HOST, token).get("auth/me").status


def refresh(token: str) -> Reply:
    return Api(HOST).post("auth/refresh", {"refreshToken": token})


def why_ended() -> str:
    with tenancy.public():
        return SignInSession.objects.get(user__email="operator@acme.example").ended_why


def test_each_use_puts_the_end_off(pair: Any) -> None:
    for minutes in (5, 14):
        with later(minutes=minutes):
            assert used(pair["accessToken"]) == 200
    with later(minutes=24):
        assert refresh(pair["refreshToken"]).status == 200


def test_who_does_nothing_for_so_long_is_signed_out(pair: Any) -> None:
    with later(minutes=12):
        assert used(pair["accessToken"]) == 401
        assert refresh(pair["refreshToken"]).code == "invalid_token"
    assert why_ended() == "timed out"


def test_a_refresh_that_comes_too_late_ends_it_as_well(pair: Any) -> None:
    with later(minutes=12):
        assert refresh(pair["refreshToken"]).code == "invalid_token"
    assert why_ended() == "timed out"


def test_what_has_timed_out_does_not_come_back_with_a_longer_time_out(pair: Any, acme: TenantRef) -> None:
    with later(minutes=12):
        assert used(pair["accessToken"]) == 401
        timeout(acme, 600)
        client().flushdb()
        assert used(pair["accessToken"]) == 401


def test_a_page_times_out_too(acme: TenantRef) -> None:
    with time_machine.travel(START, tick=False):
        timeout(acme, 10)
        page = browser()
    with later(minutes=9):
        assert page.get("auth/me").status == 200
    with later(minutes=21):
        assert page.get("auth/me").status == 401


def test_to_look_on_is_not_to_use(acme: TenantRef, pair: Any) -> None:
    from apps.auth.api.authentication import actor_of_token
    from apps.auth.tokens import InvalidToken

    watch: Callable[[], object] = lambda: actor_of_token(pair["accessToken"], address="", watching=True)  # noqa: E731
    with later(minutes=8):
        watch()
    with later(minutes=12), pytest.raises(InvalidToken):
        watch()


def test_a_watcher_does_not_hide_a_use(acme: TenantRef, pair: Any) -> None:
    """What was looked up for a watcher must not answer for a request, or no use would ever be noted."""
    from apps.auth.api.authentication import actor_of_token

    with later(minutes=8):
        actor_of_token(pair["accessToken"], address="", watching=True)
        assert used(pair["accessToken"]) == 200
    with later(minutes=14):
        assert used(pair["accessToken"]) == 200


def test_another_tenants_rule_is_its_own(acme: TenantRef, globex: TenantRef) -> None:
    with time_machine.travel(START, tick=False):
        timeout(globex, 5)
        token = login("operator@acme.example", host=HOST).json["accessToken"]
    with later(minutes=14):
        assert used(token) == 200


def test_in_use_or_not_after_thirty_days_it_is_over(acme: TenantRef) -> None:
    with time_machine.travel(START, tick=False):
        timeout(acme, 20_160)
        token = login("operator@acme.example", host=HOST).json["refreshToken"]
    for days in range(5, 30, 5):
        with later(days=days):
            renewed = refresh(token)
            assert renewed.status == 200, days
            token = renewed.json["refreshToken"]
    with later(days=30, minutes=1):
        assert refresh(token).code == "invalid_token"
