"""One refresh token used twice at once: exactly one use wins, by the lock on the sign-in's row.

Both uses are held up until each has asked for the row, so the order is the same every time: no sleeping, no luck.
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
import pytest
from django.db import connection, transaction

from apps.auth import tokens
from apps.auth.commands import refreshing
from apps.auth.models import SignInSession
from apps.auth.tokens import TokenPair
from apps.core import clock, tenancy
from apps.core.errors import DomainError
from tests.factories.api import Api
from tests.identity.people import login

HOST = "acme.localhost"
T = TypeVar("T")


@pytest.fixture
def refresh_token(own_database: None) -> str:
    return str(login("operator@acme.example", host=HOST).json["refreshToken"])


def test_without_the_lock_both_win(refresh_token: str) -> None:
    """The control: the same decision on a row that was read and not locked."""
    both_have_read = threading.Barrier(2, timeout=10)
    session_id, jti = tokens.read_refresh(refresh_token)

    def refresh_unlocked() -> object:
        with tenancy.public(), transaction.atomic():
            session = SignInSession.objects.select_related("user", "tenant").get(id=session_id)
            both_have_read.wait()
            return refreshing.spend(session, jti=jti, host_tenant=None, at=clock.now())

    outcomes = in_two_threads(refresh_unlocked)

    assert [type(outcome) for outcome in outcomes] == [TokenPair, TokenPair]


def test_with_the_lock_one_wins(refresh_token: str) -> None:
    def refresh() -> object:
        try:
            return refreshing.refresh(refresh_token=refresh_token, host_tenant=None, at=clock.now())
        except DomainError as refusal:
            return refusal

    with SessionsHeld() as held:
        outcomes = in_two_threads(refresh, meanwhile=held.until_two_wait_then_release)

    assert {type(outcome) for outcome in outcomes} == {TokenPair, refreshing.RefreshTokenReused}


def test_over_http_one_wins_and_the_sign_in_ends(refresh_token: str) -> None:
    with SessionsHeld() as held:
        answers = in_two_threads(
            lambda: Api(HOST).post("auth/refresh", {"refreshToken": refresh_token}),
            meanwhile=held.until_two_wait_then_release,
        )

    assert sorted(answer.status for answer in answers) == [200, 401]
    (winner,) = (answer for answer in answers if answer.status == 200)
    # Nobody can tell which of the two was the thief.
    assert Api(HOST, token=winner.json["accessToken"]).get("auth/me").status == 401


class SessionsHeld:
    """Another transaction that holds every sign-in's row, until two others wait for one."""

    def __enter__(self) -> "SessionsHeld":
        self.session = psycopg.connect(os.environ["DATABASE_URL"])
        self.session.execute("SELECT FROM public.identity_signinsession FOR UPDATE")
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.close()

    def until_two_wait_then_release(self) -> None:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        for _ in range(500):
            if self.session.execute(waiting).fetchone() == (2,):
                break
            self.session.execute("SELECT pg_stat_clear_snapshot()")
            time.sleep(0.02)
        else:
            raise AssertionError("the two never waited for the row")
        self.session.rollback()


def in_two_threads(act: Callable[[], T], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
    """What two threads get that do the same, each over a database session of its own."""

    def act_and_leave() -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(act_and_leave) for _ in range(2)]
        meanwhile()
        return [one.result(timeout=20) for one in both]
