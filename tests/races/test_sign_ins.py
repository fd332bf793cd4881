"""Sign-ins beside each other, and beside what takes their rights away: each race without its guard first."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from apps.auth import attempts, live_sessions, tokens
from apps.auth.attempts import Limit
from apps.auth.commands import refreshing, signing_keys
from apps.auth.commands.ending import end_sessions
from apps.auth.commands.members import deactivate_user
from apps.auth.commands.opening import open_session
from apps.auth.commands.security_rules import RulesChangedMeanwhile, change_security_rules
from apps.auth.models import Membership, SecurityRuleChange, SecurityRuleSet, SigningKey, SignInSession, User
from apps.auth.signing import keyring
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.races.holding import RowsHeld, in_threads, in_two_threads, wait_until_waited_for
from tests.refusals import assert_problem

pytestmark = pytest.mark.usefixtures("own_database")
HOST, EMAIL = "acme.localhost", "operator@acme.example"
LIMIT = Limit(failures=10, window_seconds=900)


def outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except DomainError as refusal:
        return refusal


# The attempts' limit


def nine_of_ten() -> str:
    """An address from which one attempt is left."""
    address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"
    for _ in range(LIMIT.failures - 1):
        attempts.count_attempt(email=EMAIL, address=address, limit=LIMIT, is_familiar=lambda _: True)
    return address


def test_control_reading_the_count_first_lets_both_guess(acme: TenantRef) -> None:
    address, both_have_read = nine_of_ten(), threading.Barrier(2, timeout=10)
    key = attempts._pair_key(EMAIL, attempts.network_of(address))

    def guess() -> bool:
        counted = int(client().get(key) or 0)
        both_have_read.wait()
        client().incr(key)
        return counted < LIMIT.failures

    assert in_two_threads(guess) == [True, True]


def test_of_two_at_the_limit_one_guesses(acme: TenantRef) -> None:
    address, together = nine_of_ten(), threading.Barrier(2, timeout=10)

    def guess() -> Reply:
        together.wait()
        return login(EMAIL, "wrong-password", host=HOST, address=address)

    answers = in_two_threads(guess)

    assert sorted(str(answer.code) for answer in answers) == ["invalid_credentials", "too_many_attempts"]


# A password that changes while somebody signs in with the old one


def change_password_behind_their_back() -> None:
    """Another process changes it and ends all sign-ins, while the row is ours to wait for."""
    user = User.objects.get(email=EMAIL)
    User.objects.filter(id=user.id).update(password=make_password("three blue ferries"))
    end_sessions(user_id=user.id, why="password changed", at=clock.now())


def open_now() -> int:
    with tenancy.public():
        return SignInSession.objects.filter(user__email=EMAIL, ended_at=None).count()


def test_control_a_password_that_is_looked_at_once_opens_a_sign_in_with_the_old_one(acme: TenantRef) -> None:
    with tenancy.public():
        user = User.objects.select_related(None).get(email=EMAIL)
        assert user.check_password(PASSWORD)
        with transaction.atomic():
            change_password_behind_their_back()
        with transaction.atomic():
            membership = Membership.objects.select_related("tenant").get(user=user)
            open_session(user=user, membership=membership, at=clock.now())

    assert open_now() == 1


def test_a_sign_in_that_waited_for_the_change_of_password_is_refused(acme: TenantRef) -> None:
    with ThreadPoolExecutor(1) as other:
        with tenancy.public(), transaction.atomic():
            User.objects.select_for_update().get(email=EMAIL)
            signing_in = other.submit(login_and_leave)
            _wait_until_somebody_waits()
            change_password_behind_their_back()
        answer = signing_in.result(timeout=20)

    assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert open_now() == 0


def login_and_leave() -> Reply:
    try:
        return login(EMAIL, host=HOST)
    finally:
        connection.close()


def _wait_until_somebody_waits() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as observer:
        wait_until_waited_for(observer, by=1)


# A role that goes while a request, or a refresh, is under way


def test_a_request_that_had_begun_ends_and_the_next_is_refused(acme: TenantRef) -> None:
    """Who was allowed in when the request came is; nothing that comes after is."""
    api = at_host(HOST, login("manager@acme.example", host=HOST).json["accessToken"])
    assert api.post("parking/locations", {"name": "North", "capacity": 5}).status == 201
    with tenancy.public():
        manager = User.objects.get(email="manager@acme.example")

    place = api.get("parking/locations").json["items"][0]["id"]

    def add_gate() -> Reply:
        try:
            return api.post("parking/gates", {"locationId": place, "name": "East"})
        finally:
            connection.close()

    with RowsHeld(f'"{acme.schema}".parking_location') as held, ThreadPoolExecutor(1) as other:
        under_way = other.submit(add_gate)
        wait_until_waited_for(held.session, by=1)
        deactivate_user(user_id=manager.id, at=clock.now())
        held.session.rollback()
        begun = under_way.result(timeout=20)

    assert begun.status == 201
    assert api.get("parking/locations").status == 401
    assert_problem(api.post("parking/gates", {"locationId": place, "name": "West"}), 401, "invalid_token")


def test_a_refresh_beside_the_end_of_a_role_leaves_nothing_open(acme: TenantRef) -> None:
    pair = login(EMAIL, host=HOST).json
    with tenancy.public():
        user = User.objects.get(email=EMAIL)

    def refresh() -> object:
        return outcome(lambda: refreshing.refresh(refresh_token=pair["refreshToken"], host_tenant=None, at=clock.now()))

    with RowsHeld("public.identity_signinsession") as held:
        renewed, _ = in_threads(
            [refresh, lambda: deactivate_user(user_id=user.id, at=clock.now())],
            meanwhile=lambda: held.release_when_waited_for(by=2),
        )

    assert open_now() == 0
    if isinstance(renewed, tokens.TokenPair):
        assert not live_sessions.is_live(tokens.read_access(renewed.access).session_id)


# Rules that two change, and keys that two make


def lockout(minutes: int, tenant: TenantRef) -> Callable[[], object]:
    return lambda: outcome(
        lambda: change_security_rules(
            tenant_id=tenant.id,
            changes={"lockout_minutes": minutes},
            expected_version=0,
            actor=SYSTEM,
            address="",
            confirmed=False,
            at=clock.now(),
        )
    )


def test_control_two_who_only_read_the_version_both_write(acme: TenantRef) -> None:
    both_have_read = threading.Barrier(2, timeout=10)

    def change() -> bool:
        with tenancy.public():
            row = SecurityRuleSet.objects.filter(tenant_id=acme.id).first()
            both_have_read.wait()
            SecurityRuleSet.objects.update_or_create(tenant_id=acme.id, defaults={"rules": {}, "version": 1})
            return row is None

    assert in_two_threads(change) == [True, True]


def test_of_two_changes_of_one_version_one_is_told_so(acme: TenantRef) -> None:
    with RowsHeld("public.identity_tenant") as held:
        outcomes = in_threads(
            [lockout(20, acme), lockout(30, acme)], meanwhile=lambda: held.release_when_waited_for(by=2)
        )

    assert sorted(isinstance(one, RulesChangedMeanwhile) for one in outcomes) == [False, True]
    with tenancy.public():
        assert SecurityRuleChange.objects.count() == 1


@pytest.fixture
def no_keys() -> None:
    with tenancy.public():
        SigningKey.objects.all().delete()
    keyring.announce_keys()


def keys() -> int:
    with tenancy.public():
        return SigningKey.objects.count()


def test_control_without_the_lock_two_processes_make_a_key_each(no_keys: None) -> None:
    both_have_looked = threading.Barrier(2, timeout=10)

    def make() -> None:
        with tenancy.public(), transaction.atomic():
            assert not SigningKey.objects.exists()
            both_have_looked.wait()
            signing_keys._make(signs_from=clock.now())

    in_two_threads(make)
    assert keys() == 2


def test_two_processes_that_start_make_one_key_together(no_keys: None) -> None:
    together = threading.Barrier(2, timeout=10)

    def start() -> None:
        together.wait()
        signing_keys.ensure_signing_key(at=clock.now())

    in_two_threads(start)
    assert keys() == 1
    assert Api(HOST).client.get("/.well-known/jwks.json", headers={"host": HOST}).status_code == 200
    keyring.announce_keys()
