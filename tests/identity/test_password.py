"""POST auth/password and `manage.py changepassword`: a new password ends what the old one opened."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.test import override_settings

from apps.auth.commands.security_rules import change_security_rules
from apps.auth.models import SignInSession, User
from apps.auth.security.rules import DEFAULTS
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import PASSWORD, at_host, login
from tests.identity.test_next_request import browser
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
HOST, EMAIL, NEW = "acme.localhost", "operator@acme.example", "three blue ferries"


def signed_in() -> Api:
    return at_host(HOST, login(EMAIL, host=HOST).json["accessToken"])


def change(api: Api, current: str = PASSWORD, new: str = NEW, **headers: str) -> Reply:
    return api.post("auth/password", {"currentPassword": current, "newPassword": new}, headers)


def kept() -> tuple[str, list[Any]]:
    """The stored password, and how the person's sign-ins stand."""
    with tenancy.public():
        sessions = SignInSession.objects.filter(user__email=EMAIL).order_by("id")
        return User.objects.get(email=EMAIL).password, list(sessions.values_list("id", "ended_at", "ended_why"))


def test_the_new_one_counts_and_the_old_one_does_not(acme: TenantRef) -> None:
    assert change(signed_in()).status == 204

    assert login(EMAIL, NEW, host=HOST).status == 200
    assert login(EMAIL, PASSWORD, host=HOST).code == "invalid_credentials"


def test_all_other_sign_ins_end_and_this_one_goes_on(acme: TenantRef, globex: TenantRef) -> None:
    this, other, page = signed_in(), signed_in(), browser()
    pair = login(EMAIL, host=HOST).json

    change(this)

    assert this.get("auth/me").status == 200
    assert other.get("auth/me").status == 401
    assert page.get("auth/me").status == 401
    assert Api(HOST).post("auth/refresh", {"refreshToken": pair["refreshToken"]}).code == "invalid_token"
    assert {why for _, ended, why in kept()[1] if ended} == {"password changed"}


def test_a_page_that_changed_it_goes_on(acme: TenantRef) -> None:
    page, other = browser(), browser()
    token = page.client.cookies["csrftoken"].value if "csrftoken" in page.client.cookies else ""

    assert change(page, **{"X-CSRFToken": token}).status == 204

    assert page.get("auth/me").status == 200
    assert other.get("auth/me").status == 401


def test_a_wrong_current_one_changes_nothing_and_counts(acme: TenantRef) -> None:
    api = signed_in()
    before = kept()
    for _ in range(DEFAULTS.max_login_attempts):
        assert_problem(change(api, current="wrong-password"), 401, "invalid_credentials")

    refused = change(api)

    assert_problem(refused, 429, "too_many_attempts")
    assert int(refused["Retry-After"]) > 0
    assert kept() == before
    assert api.get("auth/me").status == 200, "who is signed in stays so"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short-words", "too_short"),
        ("x" * 1001, "too_long"),
        ("passwordpassword", "too_weak"),
        ("123456789012", "too_weak"),
        ("1qaz2wsx3edc", "too_weak"),
        ("abababababab", "too_weak"),
        ("aabbccddabcd", "too_weak"),
        ("operator@acme.example", "too_weak"),
        ("Operator of Acme", "too_weak"),
    ],
)
def test_a_weak_one_is_refused(acme: TenantRef, new: str, code: str) -> None:
    api = signed_in()
    before = kept()

    assert_problem(change(api, new=new), 422, "invalid", newPassword=code)

    assert kept() == before


def test_the_strictest_of_the_persons_tenants_says_how_long(acme: TenantRef) -> None:
    change_security_rules(
        tenant_id=acme.id,
        changes={"password_min_length": 20},
        expected_version=None,
        actor=SYSTEM,
        address="",
        confirmed=False,
        at=clock.now(),
    )
    api = signed_in()

    assert_problem(change(api), 422, "invalid", newPassword="too_short")
    assert change(api, new="three blue ferries at noon").status == 204


def test_nobody_changes_it_without_being_signed_in(acme: TenantRef) -> None:
    before = kept()
    assert_problem(change(Api(HOST)), 401, "not_authenticated")
    assert kept() == before


def test_the_answer_is_not_kept_under_a_key(acme: TenantRef) -> None:
    api = signed_in()
    assert change(api, **{"Idempotency-Key": "mine"}).status == 204
    assert_problem(change(api, **{"Idempotency-Key": "mine"}), 401, "invalid_credentials")


@override_settings(PASSWORD_HASHERS=["apps.auth.security.passwords.Argon2id"])
def test_passwords_are_kept_by_argon2id() -> None:
    """RFC 9106, section 4, second recommended option: 64 MiB, 3 passes, 4 lanes."""
    assert make_password(NEW).startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$")


def test_production_keeps_them_so() -> None:
    code = "import django; django.setup(); from django.contrib.auth import hashers; print(hashers.make_password('x'))"
    env = dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": "k3" * 30,
        "ALLOWED_HOSTS": ".parking.example",
        "PARKING_DEMO": "0",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$"), done.stderr


def changepassword(email: str, typed: str) -> str:
    out, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(f"{typed}\n")
    try:
        call_command("changepassword", email, "--password-stdin", stdout=out)
    finally:
        sys.stdin = stdin
    return out.getvalue()


def test_the_command_changes_it_and_ends_everything(acme: TenantRef) -> None:
    api, page = signed_in(), browser()

    said = changepassword("Operator@acme.example", NEW)

    assert said == "operator@acme.example has a new password and is signed out everywhere.\n"
    assert api.get("auth/me").status == page.get("auth/me").status == 401
    assert login(EMAIL, NEW, host=HOST).status == 200


@pytest.mark.parametrize(
    ("email", "typed", "says"),
    [("nobody@acme.example", NEW, "no user"), (EMAIL, "short", "12 characters"), (EMAIL, "", "12 characters")],
)
def test_the_command_refuses_in_a_sentence(acme: TenantRef, email: str, typed: str, says: str) -> None:
    before = kept()
    with pytest.raises(CommandError, match=says):
        changepassword(email, typed)
    assert kept() == before
