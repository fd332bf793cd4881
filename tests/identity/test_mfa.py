"""The second factor over the API: enrolling, signing in with it, recovery codes, giving it up."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.auth.mfa.totp import as_typed, code_at
from apps.auth.models import RecoveryCode, SecondFactor, SignInSession, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.phones import Phone, enrolled
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
HOST, EMAIL = "acme.localhost", "operator@acme.example"


@pytest.fixture
def address() -> str:
    """An address of this test alone: attempts are counted in Redis, which no rollback touches."""
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::7"


def sign_in(code: str | None = None, *, host: str = HOST, address: str = "127.0.0.1", email: str = EMAIL) -> Reply:
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    body: dict[str, Any] = {"email": email, "password": PASSWORD}
    return Api(host, client=client).post("auth/login", body | ({"mfaCode": code} if code is not None else {}))


def sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.filter(user__email=EMAIL, ended_at=None).count()


def test_it_counts_once_it_is_confirmed(api: SignIn) -> None:
    operator = api("operator")
    assert operator.get("auth/mfa").json == {
        "enabled": False,
        "confirmedAt": None,
        "passkeys": 0,
        "recoveryCodesLeft": 0,
    }
    begun = operator.post("auth/mfa/enroll", {"password": PASSWORD})
    assert begun["Cache-Control"] == "no-store"
    assert begun.json["otpauthUri"].startswith("otpauth://totp/Parking:operator%40acme.example?")
    assert begun.json["secret"] in begun.json["otpauthUri"]
    assert sign_in().status == 200, "not confirmed yet"

    phone = Phone(begun.json["secret"])
    confirmed = operator.post("auth/mfa/confirm", {"code": phone.code()})

    assert confirmed.status == 200
    assert len(set(confirmed.json["recoveryCodes"])) == 10
    state = operator.get("auth/mfa").json
    assert (state["enabled"], state["recoveryCodesLeft"]) == (True, 10)
    assert_problem(sign_in(), 401, "mfa_required")
    assert_problem(sign_in(""), 401, "mfa_required")
    assert sign_in(phone.code(1)).status == 200


def test_nothing_is_kept_in_clear(api: SignIn) -> None:
    _, codes = enrolled(api("operator"))

    with tenancy.public():
        factor = SecondFactor.objects.get(user__email=EMAIL)
        digests = [bytes(digest) for digest in RecoveryCode.objects.values_list("digest", flat=True)]
    assert len(bytes(factor.sealed_secret)) > 20 + 12, "the secret, a nonce and a tag"
    assert not any(code.encode() in digest for code in codes for digest in digests)


def test_a_secret_opens_for_its_owner_alone(api: SignIn) -> None:
    phone, _ = enrolled(api("operator"))
    enrolled(api("manager"))
    with tenancy.public():
        stolen = SecondFactor.objects.get(user__email=EMAIL)
        SecondFactor.objects.filter(user__email="manager@acme.example").update(sealed_secret=stolen.sealed_secret)

    assert_problem(sign_in(phone.code(1), email="manager@acme.example"), 401, "mfa_required")


def test_a_code_is_good_once(api: SignIn) -> None:
    phone, _ = enrolled(api("operator"))
    assert_problem(sign_in(phone.code(0)), 401, "mfa_required")
    assert sign_in(phone.code(1)).status == 200
    opened = sign_ins()

    assert_problem(sign_in(phone.code(1)), 401, "mfa_required")
    assert_problem(sign_in(phone.code(0)), 401, "mfa_required")
    assert sign_ins() == opened


@pytest.mark.parametrize("write", [str, str.upper, lambda code: code.replace("-", " ")])
def test_a_recovery_code_is_good_once_however_it_is_written(api: SignIn, write: Callable[[str], str]) -> None:
    operator = api("operator")
    _, codes = enrolled(operator)

    assert sign_in(write(codes[3])).status == 200
    assert_problem(sign_in(codes[3]), 401, "mfa_required")
    assert operator.get("auth/mfa").json["recoveryCodesLeft"] == 9


def test_new_recovery_codes_replace_the_old_ones(api: SignIn) -> None:
    operator = api("operator")
    phone, old = enrolled(operator)
    assert_problem(operator.post("auth/mfa/recovery-codes", {"code": phone.wrong()}), 401, "mfa_required")
    assert operator.get("auth/mfa").json["recoveryCodesLeft"] == 10

    new = operator.post("auth/mfa/recovery-codes", {"code": old[0]}).json["recoveryCodes"]

    assert_problem(sign_in(old[1]), 401, "mfa_required")
    assert sign_in(new[1]).status == 200


@pytest.mark.parametrize("code", ["000000", "12345", "１２３４５６", "x", "a" * 100, "-", "' or 1=1", "\u0660" * 6])
def test_a_wrong_code_gets_nobody_in(api: SignIn, code: str, address: str) -> None:
    phone, _ = enrolled(api("operator"))
    opened = sign_ins()
    if code == "000000":
        code = phone.wrong()

    assert_problem(sign_in(code, address=address), 401, "mfa_required")
    assert sign_ins() == opened


def test_a_code_of_long_ago_or_of_later_is_wrong(api: SignIn, address: str) -> None:
    phone, _ = enrolled(api("operator"))

    for step in (-4, 4, 2_880):
        assert_problem(sign_in(phone.code(step), address=address), 401, "mfa_required")


def test_wrong_codes_are_counted_though_the_password_is_right(api: SignIn, address: str) -> None:
    phone, codes = enrolled(api("operator"))
    for _ in range(10):
        assert_problem(sign_in(phone.wrong(), address=address), 401, "mfa_required")
        assert_problem(sign_in(address=address), 401, "mfa_required")

    refused = sign_in(codes[0], address=address)

    assert_problem(refused, 429, "too_many_attempts")
    assert int(refused["Retry-After"]) > 0
    assert sign_in(codes[0], address="203.0.113.77").status == 200, "nothing was spent, and elsewhere one gets in"


def test_it_is_asked_for_only_after_the_password(api: SignIn, address: str) -> None:
    phone, _ = enrolled(api("operator"))

    assert login(EMAIL, "wrong-password", host=HOST, address=address).code == "invalid_credentials"
    answer = Api(HOST, client=Client(raise_request_exception=False, REMOTE_ADDR=address)).post(
        "auth/login", {"email": EMAIL, "password": "wrong-password", "mfaCode": phone.code(1)}
    )
    assert_problem(answer, 401, "invalid_credentials")
    assert sign_in(phone.code(1)).status == 200, "the code was not spent"


def test_on_every_host_and_for_platform_administrators_too(acme: TenantRef) -> None:
    root = Api("localhost")
    root.token = root.post("auth/login", {"email": "root@parking.example", "password": PASSWORD}).json["accessToken"]
    phone, _ = enrolled(root)

    assert_problem(sign_in(host="localhost", email="root@parking.example"), 401, "mfa_required")
    assert sign_in(phone.code(1), host="localhost", email="root@parking.example").status == 200


def test_enrolling_takes_the_password(api: SignIn) -> None:
    operator = api("operator")

    assert_problem(operator.post("auth/mfa/enroll", {"password": "wrong"}), 401, "invalid_credentials")
    with tenancy.public():
        assert not SecondFactor.objects.exists()


def test_a_wrong_code_confirms_nothing(api: SignIn) -> None:
    operator = api("operator")
    assert_problem(operator.post("auth/mfa/confirm", {"code": "123456"}), 409, "mfa_not_enrolled")
    begun = operator.post("auth/mfa/enroll", {"password": PASSWORD})

    assert_problem(
        operator.post("auth/mfa/confirm", {"code": Phone(begun.json["secret"]).wrong()}), 401, "mfa_required"
    )
    assert operator.get("auth/mfa").json["enabled"] is False
    assert sign_in().status == 200


def test_a_second_one_takes_giving_up_the_first(api: SignIn) -> None:
    operator = api("operator")
    phone, codes = enrolled(operator)

    assert_problem(operator.post("auth/mfa/enroll", {"password": PASSWORD}), 409, "mfa_already_enabled")
    assert_problem(operator.post("auth/mfa/confirm", {"code": phone.code(1)}), 409, "mfa_already_enabled")
    assert sign_in(phone.code(1)).status == 200, "the old one still counts"
    assert operator.get("auth/mfa").json["recoveryCodesLeft"] == len(codes)


def test_confirming_ends_the_other_sign_ins(api: SignIn) -> None:
    other = at_host(HOST, sign_in().json["accessToken"])
    operator = api("operator")
    assert other.get("auth/me").status == 200

    enrolled(operator)

    assert_problem(other.get("auth/me"), 401, "invalid_token")
    assert operator.get("auth/me").status == 200


def test_giving_it_up_takes_password_and_code(api: SignIn) -> None:
    operator = api("operator")
    assert_problem(operator.post("auth/mfa/disable", {"password": PASSWORD, "code": "123456"}), 409, "mfa_not_enrolled")
    phone, _ = enrolled(operator)

    wrong = operator.post("auth/mfa/disable", {"password": "wrong", "code": phone.code(1)})
    assert_problem(wrong, 401, "invalid_credentials")
    assert_problem(
        operator.post("auth/mfa/disable", {"password": PASSWORD, "code": phone.wrong()}), 401, "mfa_required"
    )
    assert operator.get("auth/mfa").json["enabled"] is True

    assert operator.post("auth/mfa/disable", {"password": PASSWORD, "code": phone.code(1)}).status == 204
    assert sign_in().status == 200
    with tenancy.public():
        assert not RecoveryCode.objects.exists()


def test_a_secret_that_cannot_be_opened_lets_nobody_in_but_by_recovery_code(api: SignIn) -> None:
    phone, codes = enrolled(api("operator"))
    with tenancy.public():
        user = User.objects.get(email=EMAIL)
        SecondFactor.objects.filter(user=user).update(sealed_secret=b"\0" * 48)

    assert_problem(sign_in(phone.code(1)), 401, "mfa_required")
    assert sign_in(codes[0]).status == 200


def test_the_example_of_the_rfc() -> None:
    """RFC 6238, appendix B, the SHA-1 rows; codes of six digits are the last six of the eight there."""
    phone = Phone(as_typed(b"12345678901234567890"))
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert code_at(phone.secret, at=datetime.fromtimestamp(seconds, UTC)) == code
