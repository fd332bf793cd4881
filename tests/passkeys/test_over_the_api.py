"""Passkeys over the API: registering, signing in by one alone and after a password, naming, removing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from apps.auth.models import Membership, Passkey, RecoveryCode, SignInSession, User
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.identity.people import PASSWORD, at_host
from tests.identity.phones import enrolled, require_mfa
from tests.refusals import assert_problem, nothing_written

from .authenticator import PRESENT, VERIFIED, Authenticator
from .journeys import EMAIL, HOST, after_password, challenge, register, sign_in, signed

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]


def sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.count()


def test_the_first_one_is_a_second_factor(api: SignIn, acme: TenantRef) -> None:
    operator, key = api("operator"), Authenticator()
    other = at_host(HOST, after_password().json["accessToken"])

    made = register(operator, key, " My phone ")

    assert made.status == 201, made
    assert made["Cache-Control"] == "no-store"
    assert (made.json["passkey"]["name"], made.json["passkey"]["host"]) == ("My phone", HOST)
    assert len(set(made.json["recoveryCodes"])) == 10
    assert operator.get("auth/mfa").json == {
        "enabled": True, "confirmedAt": None, "passkeys": 1, "recoveryCodesLeft": 10
    }  # fmt: skip
    assert_problem(other.get("auth/me"), 401, "invalid_token")
    assert operator.get("auth/me").status == 200
    assert_problem(after_password(), 401, "mfa_required")
    assert after_password(mfaCode=made.json["recoveryCodes"][0]).status == 200
    assert "user.passkey_added" in {one.action for one in trail(acme)}


def test_what_an_authenticator_is_asked(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    register(operator, key := Authenticator())
    asked = operator.post(
        "auth/mfa/passkeys/challenge",
        {"password": PASSWORD, "passkey": signed(key, after_password().json["passkey"])},
    ).json["publicKey"]
    assert asked["rp"]["id"] == HOST
    assert asked["excludeCredentials"][0]["type"] == "public-key"
    assert asked["user"]["name"] == EMAIL
    alone = challenge()["publicKey"]
    assert (alone["rpId"], alone["userVerification"]) == (HOST, "required")
    assert "allowCredentials" not in alone, "it would tell who has one"
    assert challenge()["publicKey"]["challenge"] != alone["challenge"]


def test_by_a_passkey_alone(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator())

    answer = sign_in(key)

    assert answer.status == 200, answer
    assert (answer.json["user"]["email"], answer.json["role"]) == (EMAIL, "operator")
    assert at_host(HOST, answer.json["accessToken"]).get("auth/me").status == 200
    assert sign_in(key).status == 200
    with tenancy.public():
        assert Passkey.objects.get().sign_count == 2
    assert "user.signed_in" in {one.action for one in trail(acme)}


def test_after_a_password(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator(verifies=False))
    asked = after_password()
    assert_problem(asked, 401, "mfa_required")
    assert asked.json["passkey"]["publicKey"]["allowCredentials"][0]["type"] == "public-key"

    proof = signed(key, asked.json["passkey"])

    assert after_password(passkey=proof).status == 200
    assert_problem(after_password(passkey=proof), 401, "mfa_required")


def test_alone_it_has_to_verify_its_owner(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator(verifies=False))
    opened = sign_ins()
    with nothing_written():
        assert_problem(sign_in(key), 401, "passkey_invalid")
    assert sign_ins() == opened


@pytest.mark.parametrize("way", ["alone for second", "second for alone", "a registration's"])
def test_a_challenge_is_for_what_it_was_made_for(api: SignIn, acme: TenantRef, way: str) -> None:
    register(operator := api("operator"), key := Authenticator())
    with nothing_written():
        if way == "alone for second":
            assert_problem(after_password(passkey=signed(key, challenge())), 401, "mfa_required")
        elif way == "second for alone":
            assert_problem(sign_in(key, asked=after_password().json["passkey"]), 401, "passkey_invalid")
        else:
            proof = signed(key, after_password().json["passkey"])
    if way == "a registration's":
        begun = operator.post("auth/mfa/passkeys/challenge", {"password": PASSWORD, "passkey": proof}).json
        asked = {"state": begun["state"], "publicKey": begun["publicKey"] | {"rpId": HOST}}
        with nothing_written():
            assert_problem(sign_in(key, asked=asked), 401, "passkey_invalid")


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"client": {"origin": "http://globex.localhost"}},
    "another port": {"client": {"origin": "http://acme.localhost:8443"}},
    "a subdomain": {"client": {"origin": "http://evil.acme.localhost"}},
    "another challenge": {"client": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},
    "another act": {"client": {"type": "webauthn.create"}},
    "another host": {"rp_id": "globex.localhost"},
    "nobody there": {"flags": VERIFIED},
    "not verified": {"flags": PRESENT},
    "another's key": {"signer": ec.generate_private_key(ec.SECP256R1())},
    "another's handle": {"user_handle": b"0123456789abcdef"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_signature_that_does_not_fit(api: SignIn, acme: TenantRef, lie: str) -> None:
    register(api("operator"), key := Authenticator())
    opened = sign_ins()
    with nothing_written():
        assert_problem(sign_in(key, **LIES[lie]), 401, "passkey_invalid")
    assert sign_ins() == opened
    assert sign_in(key).status == 200


@pytest.mark.parametrize("lie", ["another origin", "another challenge", "another act", "another host", "nobody there"])
def test_a_registration_that_does_not_fit(api: SignIn, acme: TenantRef, lie: str) -> None:
    operator = api("operator")
    begun = operator.post("auth/mfa/passkeys/challenge", {"password": PASSWORD}).json
    lies = LIES[lie] if lie != "another act" else {"client": {"type": "webauthn.get"}}
    credential = Authenticator().create(begun["publicKey"], **lies)
    with nothing_written():
        body = {"state": begun["state"], "credential": credential, "name": "x"}
        assert_problem(operator.post("auth/mfa/passkeys", body), 401, "passkey_invalid")


def test_a_challenge_is_good_once_and_for_five_minutes(api: SignIn, acme: TenantRef) -> None:
    operator, key = api("operator"), Authenticator(counts=False)
    register(operator, key)
    asked = challenge()
    assert sign_in(key, asked=asked).status == 200
    with nothing_written():
        assert_problem(sign_in(key, asked=asked), 401, "passkey_invalid")
    asked = challenge()
    with time_machine.travel(clock.now() + timedelta(seconds=301)), nothing_written():
        assert_problem(sign_in(key, asked=asked), 401, "passkey_invalid")


def test_a_registration_is_good_once_and_for_who_began(api: SignIn, acme: TenantRef) -> None:
    operator, manager = api("operator"), api("manager")
    begun = operator.post("auth/mfa/passkeys/challenge", {"password": PASSWORD}).json
    body = {"state": begun["state"], "credential": Authenticator().create(begun["publicKey"]), "name": "x"}
    with nothing_written():
        assert_problem(manager.post("auth/mfa/passkeys", body), 401, "passkey_invalid")
    assert operator.post("auth/mfa/passkeys", body).status == 201
    with nothing_written():
        assert_problem(operator.post("auth/mfa/passkeys", body), 401, "passkey_invalid")


def test_one_authenticator_is_one_persons(api: SignIn, acme: TenantRef) -> None:
    key = Authenticator()
    assert register(api("operator"), key).status == 201
    with nothing_written():
        assert_problem(register(api("manager"), key), 409, "passkey_exists")


@pytest.mark.parametrize("count", [0, 1])
def test_a_count_that_does_not_grow_is_a_copys(api: SignIn, acme: TenantRef, count: int) -> None:
    register(api("operator"), key := Authenticator())
    assert sign_in(key).status == 200
    key.count = count - 1
    with nothing_written():
        assert_problem(sign_in(key), 401, "passkey_invalid")


def test_one_that_never_counts_is_no_copy(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator(counts=False))
    assert sign_in(key).status == sign_in(key).status == 200


def test_registering_takes_the_password_and_the_second_factor(api: SignIn, acme: TenantRef) -> None:
    operator, path = api("operator"), "auth/mfa/passkeys/challenge"
    assert_problem(operator.post(path, {"password": "wrong"}), 401, "invalid_credentials")
    phone, _ = enrolled(operator)
    with nothing_written():
        assert_problem(operator.post(path, {"password": PASSWORD}), 401, "mfa_required")
        assert_problem(operator.post(path, {"password": PASSWORD, "mfaCode": phone.wrong()}), 401, "mfa_required")

    made = register(operator, Authenticator(), mfaCode=phone.code(1))

    assert (made.status, made.json["recoveryCodes"]) == (201, None), "there are some already"


def test_another_host_is_another_passkey(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.public():
        user = User.objects.get(email=EMAIL)
        Membership.objects.create(user=user, tenant_id=globex.id, role="viewer")
    register(api("operator"), key := Authenticator())
    with nothing_written():
        assert_problem(sign_in(key, host="globex.localhost"), 401, "passkey_invalid")
        elsewhere = after_password("globex.localhost")
        assert_problem(elsewhere, 401, "mfa_required")
        assert "passkey" not in elsewhere.json, "none that would fit there"


def test_who_is_shut_out_stays_out(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator())
    with tenancy.public():
        Membership.objects.filter(user__email=EMAIL).update(is_active=False)
    assert_problem(sign_in(key), 403, "not_a_member")
    with tenancy.public():
        User.objects.filter(email=EMAIL).update(is_active=False)
    assert_problem(sign_in(key), 401, "passkey_invalid")


def test_it_is_what_an_operator_requires(api: SignIn, acme: TenantRef) -> None:
    require_mfa(acme)
    operator = api("operator")
    assert_problem(operator.get("parking/entries"), 403, "mfa_enrollment_required")
    assert register(operator, Authenticator()).status == 201
    assert operator.get("parking/entries").status == 200


def test_naming_and_removing(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    operator, key = api("operator"), Authenticator()
    own = register(operator, key).json["passkey"]["id"]
    path = f"auth/mfa/passkeys/{own}"
    with nothing_written():
        for stranger in (api("owner"), api("owner", "globex")):
            assert stranger.get("auth/mfa/passkeys").json == {"items": []}
            assert_problem(stranger.patch(path, {"name": "x"}), 404, "passkey_not_found")
            assert_problem(stranger.post(f"{path}/remove", {"password": PASSWORD}), 404, "passkey_not_found")
    assert operator.patch(path, {"name": "Key ring"}).json["name"] == "Key ring"
    assert_problem(operator.patch(path, {"name": "  "}), 422, "invalid", name="invalid")
    other = at_host(HOST, sign_in(key).json["accessToken"])
    with nothing_written():
        assert_problem(operator.post(f"{path}/remove", {"password": "wrong"}), 401, "invalid_credentials")
        asked = operator.post(f"{path}/remove", {"password": PASSWORD})
        assert_problem(asked, 401, "mfa_required")

    proof = signed(key, asked.json["passkey"])
    assert operator.post(f"{path}/remove", {"password": PASSWORD, "passkey": proof}).status == 204

    assert operator.get("auth/mfa/passkeys").json == {"items": []}
    assert_problem(other.get("auth/me"), 401, "invalid_token")
    assert_problem(sign_in(key), 401, "passkey_invalid")
    assert after_password().status == 200
    with tenancy.public():
        assert not RecoveryCode.objects.exists(), "nothing for them to stand in for"
    assert {"user.passkey_renamed", "user.passkey_removed"} <= {one.action for one in trail(acme)}


def test_an_app_beside_a_passkey_takes_the_passkeys_proof(api: SignIn, acme: TenantRef) -> None:
    operator, key = api("operator"), Authenticator()
    codes = register(operator, key).json["recoveryCodes"]
    with nothing_written():
        asked = operator.post("auth/mfa/enroll", {"password": PASSWORD})
        assert_problem(asked, 401, "mfa_required")
    proof = signed(key, asked.json["passkey"])
    assert operator.post("auth/mfa/enroll", {"password": PASSWORD, "passkey": proof}).status == 200
    assert operator.post("auth/mfa/enroll", {"password": PASSWORD, "mfaCode": codes[0]}).status == 200


def test_giving_the_app_up_leaves_passkeys_and_codes(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    phone, codes = enrolled(operator)
    assert register(operator, Authenticator(), mfaCode=phone.code(1)).status == 201
    assert operator.post("auth/mfa/disable", {"password": PASSWORD, "code": codes[0]}).status == 204
    assert_problem(after_password(), 401, "mfa_required")
    assert after_password(mfaCode=codes[1]).status == 200


def test_an_admins_reset_takes_passkeys_too(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator())
    with tenancy.public():
        user = User.objects.get(email=EMAIL)
    assert api("owner").delete(f"auth/users/{user.id}/mfa").status == 204
    assert_problem(sign_in(key), 401, "passkey_invalid")
    assert after_password().status == 200


def test_wrong_ones_are_counted(api: SignIn, acme: TenantRef) -> None:
    register(api("operator"), key := Authenticator())
    far = Api(HOST, client=Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.88"))

    def wrong() -> Any:
        asked = challenge()
        lies = {"signer": ec.generate_private_key(ec.SECP256R1())}
        return far.post(
            "auth/passkeys/sign-in", {"state": asked["state"], "credential": key.get(asked["publicKey"], **lies)}
        )

    for _ in range(10):
        assert_problem(wrong(), 401, "passkey_invalid")
    assert_problem(wrong(), 429, "too_many_attempts")
    assert sign_in(key).status == 200, "elsewhere one gets in"


@pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", ["AA", "A", "_" * 99])
def test_nonsense_is_refused(api: SignIn, acme: TenantRef, field: str, value: str) -> None:
    register(api("operator"), key := Authenticator())
    asked = challenge()
    credential = key.get(asked["publicKey"])
    credential["response"][field] = value
    with nothing_written():
        body = {"state": asked["state"], "credential": credential}
        assert_problem(Api(HOST).post("auth/passkeys/sign-in", body), 401, "passkey_invalid")


@pytest.mark.parametrize("value", ["AA", "A", "o2NmbXRkbm9uZQ", "_" * 400])
def test_a_nonsensical_registration_is_refused(api: SignIn, acme: TenantRef, value: str) -> None:
    operator = api("operator")
    begun = operator.post("auth/mfa/passkeys/challenge", {"password": PASSWORD}).json
    credential = Authenticator().create(begun["publicKey"])
    credential["response"]["attestationObject"] = value
    with nothing_written():
        body = {"state": begun["state"], "credential": credential, "name": "x"}
        assert_problem(operator.post("auth/mfa/passkeys", body), 401, "passkey_invalid")
