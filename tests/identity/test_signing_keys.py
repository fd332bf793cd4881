"""Access tokens by EdDSA: the JWK set, rotation with overlap, and what is never taken for one."""

import base64
import io
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.test import Client

from apps.auth.commands import signing_keys
from apps.auth.models import SigningKey
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import at_host, login
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"


def jwks(host: str = HOST) -> dict[str, dict[str, str]]:
    """The published keys by their names."""
    answer = Client().get("/.well-known/jwks.json", headers={"host": host})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer["Cache-Control"] == "public, max-age=300"
    return {key["kid"]: key for key in json.loads(answer.content)["keys"]}


def new_token() -> str:
    return str(login("operator@acme.example", host=HOST).json["accessToken"])


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def works(token: str) -> bool:
    return at_host(HOST, token).get("auth/me").status == 200


def refused(token: str) -> None:
    assert_problem(at_host(HOST, token).get("auth/me"), 401, "invalid_token")


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_a_stranger_verifies_a_token_by_the_published_key_alone(acme: TenantRef, host: str) -> None:
    token = new_token()
    header = jwt.get_unverified_header(token)

    key = jwks(host)[header["kid"]]

    assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt")
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("OKP", "Ed25519", "sig", "EdDSA")
    assert "d" not in key, "the private part"
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["EdDSA"], issuer="parking")
    assert claims["tid"] == str(acme.id)


def test_nobody_reads_a_private_key_in_the_database(acme: TenantRef, settings: Any) -> None:
    new_token()
    with tenancy.public():
        key = SigningKey.objects.latest("signs_from")
    for word in (b"PRIVATE", settings.SECRET_KEY.encode()):
        assert word not in bytes(key.sealed_private_key)
    assert len(key.sealed_private_key) == 12 + 32 + 16, "nonce, key and tag"


def _claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _header(token: str, **changes: str) -> dict[str, str]:
    return {**jwt.get_unverified_header(token), **changes}


def _raw(header: dict[str, str], token: str, signature: bytes = b"") -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part(json.dumps(header).encode())}.{token.split('.')[1]}.{part(signature)}"


def test_the_public_key_is_no_shared_secret(acme: TenantRef) -> None:
    """Algorithm confusion (RFC 8725, section 2.1): signed by HS256 with what everybody may read."""
    import hashlib
    import hmac

    token = new_token()
    public = base64.urlsafe_b64decode(jwks()[kid_of(token)]["x"] + "=")
    for secret in (public, public.hex().encode(), jwks()[kid_of(token)]["x"].encode()):
        signing_input = _raw(_header(token, alg="HS256"), token).rsplit(".", 1)[0]
        refused(_raw(_header(token, alg="HS256"), token, hmac.digest(secret, signing_input.encode(), hashlib.sha256)))


def test_secret_key_signs_no_access_token(acme: TenantRef, settings: Any) -> None:
    token = new_token()
    kept = {"kid": kid_of(token), "typ": "at+jwt"}
    refused(jwt.encode(_claims(token), settings.SECRET_KEY, "HS256", headers=kept))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_without_a_signature_it_is_refused(acme: TenantRef, algorithm: str) -> None:
    token = new_token()
    refused(_raw(_header(token, alg=algorithm), token))


@pytest.mark.parametrize(
    "changes", [{"kid": "somebody-else"}, {"typ": "JWT"}, {"kid": ""}, {"jwk": {"kty": "oct"}, "kid": "x"}]
)
def test_a_key_of_ones_own_is_refused_whatever_the_header_says(acme: TenantRef, changes: Any) -> None:
    token = new_token()
    refused(jwt.encode(_claims(token), Ed25519PrivateKey.generate(), "EdDSA", headers=_header(token, **changes)))
    refused(jwt.encode(_claims(token), Ed25519PrivateKey.generate(), "EdDSA", headers=_header(token)))


def test_what_our_key_signed_for_something_else_is_no_access_token(acme: TenantRef) -> None:
    token, at = new_token(), clock.now()
    signer = signing_keys.keyring.present().find_signer(at)
    assert signer is not None
    kept = {"kid": signer.kid, "typ": "at+jwt"}
    assert works(jwt.encode(_claims(token), signer.private_key, "EdDSA", headers=kept)), "the control"
    for header, claims in (
        (kept | {"typ": "JWT"}, {}),
        (kept, {"iss": "somebody-else"}),
        (kept, {"sid": None}),
        (kept, {"exp": int(at.timestamp()) - 1}),
        (kept, {"exp": None}),
    ):
        refused(jwt.encode(_claims(token) | claims, signer.private_key, "EdDSA", headers=header))


def test_a_new_key_is_published_before_it_signs(acme: TenantRef) -> None:
    before = kid_of(new_token())
    at = clock.now()
    made = signing_keys.rotate_signing_keys(at=at)

    assert {before, made.kid} <= set(jwks())
    assert kid_of(new_token()) == before
    with time_machine.travel(at + signing_keys.PUBLISHED_BEFORE + timedelta(seconds=1), tick=False):
        assert kid_of(new_token()) == made.kid


def test_what_the_old_key_signed_verifies_until_it_runs_out(acme: TenantRef) -> None:
    at = clock.now()
    signing_keys.rotate_signing_keys(at=at)
    last_moment = at + signing_keys.PUBLISHED_BEFORE - timedelta(seconds=1)
    with time_machine.travel(last_moment, tick=False):
        token = new_token()
        assert works(token)
    with time_machine.travel(last_moment + timedelta(minutes=14), tick=False):
        assert works(token)
        assert kid_of(token) in jwks()
    with time_machine.travel(last_moment + timedelta(minutes=17), tick=False):
        signing_keys.keyring.announce_keys()
        assert kid_of(token) not in jwks()


def test_at_once_it_signs_at_once_and_the_old_one_still_verifies(acme: TenantRef) -> None:
    old = new_token()
    made = signing_keys.rotate_signing_keys(at=clock.now(), at_once=True)

    assert kid_of(new_token()) == made.kid
    assert works(old)


def test_what_a_retired_key_signed_is_refused_on_the_next_request(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json
    assert works(pair["accessToken"])
    signing_keys.rotate_signing_keys(at=clock.now(), at_once=True)
    assert works(pair["accessToken"])

    signing_keys.retire_signing_key(kid=kid_of(pair["accessToken"]), at=clock.now())

    refused(pair["accessToken"])
    assert kid_of(pair["accessToken"]) not in jwks()
    renewed = Api(HOST).post("auth/refresh", {"refreshToken": pair["refreshToken"]})
    assert works(renewed.json["accessToken"]), "the sign-in itself goes on"


def test_the_last_key_that_signs_stays(acme: TenantRef) -> None:
    token = new_token()
    signing_keys.rotate_signing_keys(at=clock.now())  # this one does not sign yet

    with pytest.raises(signing_keys.LastSigningKey):
        signing_keys.retire_signing_key(kid=kid_of(token), at=clock.now())

    assert works(token)


def test_another_secret_key_makes_another_signing_key(acme: TenantRef, settings: Any) -> None:
    old = new_token()
    settings.SECRET_KEY = "another-one-0123456789-abcdefghijklmnopqrstuvwxyz-0123"
    signing_keys.keyring.announce_keys()
    # as a process that was started with it has nothing of the old one in memory
    signing_keys.keyring._memory.forget()
    signing_keys.keyring._last = None

    new = new_token()

    assert kid_of(new) != kid_of(old)
    assert works(new)
    assert works(old), "its public part is as readable as before"
    signing_keys.keyring._memory.forget()
    signing_keys.keyring._last = None


def test_the_command_lists_rotates_and_retires(acme: TenantRef) -> None:
    token = new_token()
    first = kid_of(token)
    rotated = run("rotate", "--now")
    second = rotated.split()[0]
    listed = run("list")

    assert _line(listed, first).split()[1] == "verifies"
    assert _line(listed, second).split()[1] == "signs"
    assert "coming" in _line(run("rotate") and run("list"), "coming")
    run("retire", first)
    assert _line(run("list"), first).split()[1] == "past"
    refused(token)
    with pytest.raises(CommandError, match="no key"):
        run("retire", "nonsense")


def _line(listed: str, word: str) -> str:
    return next(line for line in listed.splitlines() if word in line)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("signing_keys", *words, stdout=out)
    return out.getvalue()
