"""One refresh token used twice at once: exactly one use wins, by the lock on the sign-in's row.

Both uses are held up until each has asked for the row, so the order is the same every time: no sleeping, no luck.
"""

import threading

import pytest
from django.db import transaction

from apps.auth import tokens
from apps.auth.commands import refreshing
from apps.auth.models import SignInSession
from apps.auth.tokens import TokenPair
from apps.core import clock, tenancy
from apps.core.errors import DomainError
from tests.factories.api import Api
from tests.identity.people import login
from tests.races.holding import RowsHeld, in_two_threads

HOST = "acme.localhost"
SIGN_INS = "public.identity_signinsession"


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
            return refreshing.spend(session, jti=jti, asking=refreshing.Asking(), at=clock.now())

    outcomes = in_two_threads(refresh_unlocked)

    assert [type(outcome) for outcome in outcomes] == [TokenPair, TokenPair]


def test_with_the_lock_one_wins(refresh_token: str) -> None:
    def refresh() -> object:
        try:
            return refreshing.refresh(refresh_token=refresh_token, host_tenant=None, at=clock.now())
        except DomainError as refusal:
            return refusal

    with RowsHeld(SIGN_INS) as held:
        outcomes = in_two_threads(refresh, meanwhile=lambda: held.release_when_waited_for(by=2))

    assert {type(outcome) for outcome in outcomes} == {TokenPair, refreshing.RefreshTokenReused}


def test_over_http_one_wins_and_the_sign_in_ends(refresh_token: str) -> None:
    with RowsHeld(SIGN_INS) as held:
        answers = in_two_threads(
            lambda: Api(HOST).post("auth/refresh", {"refreshToken": refresh_token}),
            meanwhile=lambda: held.release_when_waited_for(by=2),
        )

    assert sorted(answer.status for answer in answers) == [200, 401]
    (winner,) = (answer for answer in answers if answer.status == 200)
    # Nobody can tell which of the two was the thief.
    assert Api(HOST, token=winner.json["accessToken"]).get("auth/me").status == 401
