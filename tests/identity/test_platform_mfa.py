"""`REQUIRE_MFA_FOR_PLATFORM`: who looks after the installation has a second factor or enrolls one, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings

from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import PASSWORD, login
from tests.identity.phones import Phone, enrolled
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.journeys import register
from tests.refusals import assert_problem, nothing_written
from tests.security.test_production import in_production

pytestmark = pytest.mark.django_db
HOST, EMAIL = "localhost", "root@parking.example"
SUPPORT = {"tenant": "acme", "reason": "asked to", "minutes": 5}


@pytest.fixture(autouse=True)
def required() -> Iterator[None]:
    with override_settings(REQUIRE_MFA_FOR_PLATFORM=True):
        yield


def root() -> Api:
    answer = login(EMAIL, host=HOST)
    assert answer.status == 200, answer
    return Api(HOST, token=answer.json["accessToken"])


def browser(email: str = EMAIL) -> Client:
    """At the platform's host, where the password was given."""
    client = Client(raise_request_exception=False, headers={"host": HOST})
    client.post("/sign-in/", {"email": email, "password": PASSWORD})
    return client


def test_who_has_none_may_only_enroll(acme: TenantRef) -> None:
    administrator = root()
    with nothing_written():
        for call in ("rules/tenants", f"rules/tenants/{acme.id}"):
            assert_problem(administrator.get(call), 403, "mfa_enrollment_required")
        suspend = {"status": "suspended", "reason": "x"}
        assert_problem(administrator.patch(f"rules/tenants/{acme.id}", suspend), 403, "mfa_enrollment_required")
        assert_problem(administrator.post("auth/support-sessions", SUPPORT), 403, "mfa_enrollment_required")
    assert administrator.get("auth/me").status == 200

    enrolled(administrator)

    assert administrator.get("rules/tenants").status == 200
    assert administrator.post("auth/support-sessions", SUPPORT).status == 201


def test_a_passkey_is_one_too(acme: TenantRef) -> None:
    administrator = root()

    assert register(administrator, Authenticator("http://localhost")).status == 201

    assert administrator.get("rules/tenants").status == 200


def test_giving_it_up_has_one_enroll_anew(acme: TenantRef) -> None:
    administrator = root()
    phone, _ = enrolled(administrator)
    assert administrator.get("rules/tenants").status == 200

    assert administrator.post("auth/mfa/disable", {"password": PASSWORD, "code": phone.code(1)}).status == 204

    assert_problem(administrator.get("rules/tenants"), 403, "mfa_enrollment_required")


def test_the_admin_leads_to_where_one_enrolls_and_then_opens(acme: TenantRef) -> None:
    visitor = browser()
    with nothing_written():
        assert visitor.get("/admin/").status_code == 302
        assert visitor.post(f"/admin/identity/tenant/{acme.id}/change/", {"name": "Taken"}).status_code == 302
        assert visitor.get("/ways-in/")["Location"] == "/second-factor/"
    assert visitor.get("/sign-in/?next=/admin/")["Location"] == "/second-factor/"
    assert_problem(Api(HOST, client=visitor).get("rules/tenants"), 403, "mfa_enrollment_required")
    assert "The platform asks its administrators" in visitor.get("/second-factor/").content.decode()

    visitor.post("/second-factor/", {"act": "enroll", "password": PASSWORD})
    secret = visitor.get("/second-factor/").context["begun"].secret
    confirmed = visitor.post("/second-factor/", {"act": "confirm", "code": Phone(secret).code()})

    assert 'href="/admin/"' in confirmed.content.decode()
    assert visitor.get("/admin/").status_code == 200
    assert Api(HOST, client=visitor).get("rules/tenants").status == 200


def test_who_had_one_before_the_office_needs_no_other(acme: TenantRef) -> None:
    browser().get("/admin/")  # this process remembers who of the administrators has one
    phone, _ = enrolled(Api.signed_in("owner@acme.example", "acme"))
    for role in ("owner", "viewer"):
        call_command("platform_admin", "grant", f"{role}@acme.example")

    owner = browser("owner@acme.example")
    owner.post("/sign-in/", {"code": phone.code(1)})
    assert owner.get("/admin/").status_code == 200
    viewer = browser("viewer@acme.example")
    assert viewer.get("/sign-in/?next=/admin/")["Location"] == "/second-factor/"


def test_members_of_tenants_are_not_concerned(acme: TenantRef) -> None:
    assert Api.signed_in("owner@acme.example", "acme").get("parking/locations").status == 200


def test_where_it_is_not_asked_for_one_may_do_without(acme: TenantRef) -> None:
    administrator = root()
    with override_settings(REQUIRE_MFA_FOR_PLATFORM=False):
        assert administrator.get("rules/tenants").status == 200


@pytest.mark.parametrize(("environment", "asked"), [({}, "True"), ({"REQUIRE_MFA_FOR_PLATFORM": "0"}, "False")])
def test_production_asks_for_it_unless_told_otherwise(tmp_path: Path, environment: dict[str, str], asked: str) -> None:
    told = in_production(
        "shell", "-v0", "-c", "from django.conf import settings; print(settings.REQUIRE_MFA_FOR_PLATFORM)",
        home=tmp_path, **environment,
    )  # fmt: skip

    assert told.stdout.strip() == asked, told.stderr
