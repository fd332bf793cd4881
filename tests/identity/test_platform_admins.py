"""`manage.py platform_admin`: who looks after the installation."""

import io

import pytest
from django.core.management import CommandError, call_command

from apps.auth.models import User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("platform_admin", *words, stdout=out)
    return out.getvalue()


def admins() -> set[str]:
    with tenancy.public():
        return set(User.objects.filter(is_platform_admin=True).values_list("email", flat=True))


def test_it_is_granted_and_withdrawn_and_the_sign_ins_end(acme: TenantRef) -> None:
    token = login("owner@acme.example", host="acme.localhost").json["accessToken"]

    assert run("grant", "Owner@acme.example") == "owner@acme.example is a platform administrator.\n"
    assert admins() == {"root@parking.example", "owner@acme.example"}
    assert at_host("acme.localhost", token).get("auth/me").status == 401

    assert run("withdraw", "root@parking.example") == "root@parking.example is no platform administrator.\n"
    assert admins() == {"owner@acme.example"}


def test_the_last_one_stays(acme: TenantRef) -> None:
    with pytest.raises(CommandError, match="somebody else"):
        run("withdraw", "root@parking.example")
    assert admins() == {"root@parking.example"}


def test_one_who_is_deactivated_does_not_count(acme: TenantRef) -> None:
    run("grant", "owner@acme.example")
    with tenancy.public():
        User.objects.filter(email="owner@acme.example").update(is_active=False)
    with pytest.raises(CommandError, match="somebody else"):
        run("withdraw", "root@parking.example")


def test_nobody_is_told_so(acme: TenantRef) -> None:
    with pytest.raises(CommandError, match="no user"):
        run("grant", "nobody@acme.example")


def test_what_is_so_already_ends_nothing(acme: TenantRef) -> None:
    token = login("root@parking.example", host="localhost").json["accessToken"]
    run("grant", "root@parking.example")
    assert at_host("localhost", token).get("auth/me").status == 200
