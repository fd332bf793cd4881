"""How guessing is stopped, and that it locks out nobody else."""

from collections.abc import Callable

import pytest

from apps.auth import attempts
from apps.auth.commands.security_rules import change_security_rules
from apps.auth.models import Membership, SignInSession, User
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests.factories.api import Reply
from tests.identity.people import PASSWORD, login
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
HOST, EMAIL = "acme.localhost", "operator@acme.example"
HOME = "203.0.113.200"


def guess(address: str, email: str = EMAIL, host: str = HOST) -> Reply:
    return login(email, "wrong-password", host=host, address=address)


def right(address: str, email: str = EMAIL, host: str = HOST) -> Reply:
    return login(email, PASSWORD, host=host, address=address)


def decide(tenant: TenantRef, **rules: int) -> None:
    change_security_rules(
        tenant_id=tenant.id,
        changes=rules,
        expected_version=None,
        actor=SYSTEM,
        address="",
        confirmed=False,
        at=clock.now(),
    )


def many_addresses(count: int) -> list[str]:
    return [f"198.51.{block}.{host}" for block in range(100) for host in range(1, 250)][:count]


def sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.count()


def test_a_tenants_own_limit_and_time_hold(acme: TenantRef) -> None:
    decide(acme, max_login_attempts=3, lockout_minutes=2)
    for _ in range(3):
        assert_problem(guess(HOME), 401, "invalid_credentials")

    refused = right(HOME)

    assert_problem(refused, 429, "too_many_attempts")
    assert 60 < int(refused["Retry-After"]) <= 120
    assert sign_ins() == 0
    assert right("203.0.113.201").status == 200, "a colleague elsewhere is not kept out"


@pytest.mark.parametrize("host", ["globex.localhost", "localhost"])
def test_a_laxer_tenants_host_is_no_way_around_a_strict_one(acme: TenantRef, globex: TenantRef, host: str) -> None:
    decide(acme, max_login_attempts=3)
    decide(globex, max_login_attempts=100)
    for _ in range(3):
        assert guess(HOME, host=host).status == 401

    assert_problem(right(HOME, host=host), 429, "too_many_attempts")


def test_one_address_that_tries_many_accounts_has_to_wait(acme: TenantRef) -> None:
    for number in range(attempts.FAILURES_OF_ADDRESS):
        assert guess(HOME, email=f"somebody{number}@acme.example").status == 401

    refused = right(HOME)

    assert_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused["Retry-After"]) <= attempts.WINDOW_SECONDS
    assert right("203.0.113.201").status == 200


def test_right_passwords_do_not_count_against_an_address_that_many_share(acme: TenantRef) -> None:
    for _ in range(3):
        assert right(HOME).status == 200

    assert client().get(attempts._address_key(HOME)) == b"0"
    assert client().get(attempts._account_key(EMAIL)) == b"0"


@pytest.fixture
def under_attack(acme: TenantRef) -> Callable[[], None]:
    """An account that is guessed at from many addresses; call it to spend the present slot as well."""
    addresses = iter(many_addresses(500))
    for _ in range(attempts.FAILURES_OF_ACCOUNT):
        assert guess(next(addresses)).status == 401

    def go_on() -> None:
        guess(next(addresses))

    return go_on


def test_many_addresses_are_slowed_down_together(under_attack: Callable[[], None]) -> None:
    under_attack()  # takes the slot

    refused = right("203.0.113.5")

    assert_problem(refused, 429, "too_many_attempts")
    assert int(refused["Retry-After"]) == attempts.SPACING_SECONDS
    client().delete(f"signin-spacing:{attempts._hashed(EMAIL)}")  # as the seconds pass
    assert right("203.0.113.5").status == 200


def test_the_owner_at_a_familiar_address_notices_nothing(acme: TenantRef) -> None:
    assert right(HOME).status == 200
    for address in many_addresses(attempts.FAILURES_OF_ACCOUNT + 5):
        guess(address)

    assert right(HOME).status == 200


def test_another_account_is_not_slowed_down(under_attack: Callable[[], None]) -> None:
    under_attack()

    assert right("203.0.113.5", email="manager@acme.example").status == 200


def test_an_unknown_account_is_counted_alike(acme: TenantRef) -> None:
    decide(acme, max_login_attempts=3)
    answers = [[guess(HOME, email=email) for _ in range(4)] for email in (EMAIL, "nobody@acme.example")]

    known, unknown = ([(one.status, one.code, one.json["detail"]) for one in several] for several in answers)
    assert known == unknown


def test_a_member_of_a_strict_tenant_is_kept_to_it_everywhere(acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.public():
        Membership.objects.create(user=User.objects.get(email=EMAIL), tenant_id=globex.id, role="viewer")
    decide(globex, max_login_attempts=3)
    for _ in range(3):
        guess(HOME)

    assert_problem(right(HOME), 429, "too_many_attempts")
