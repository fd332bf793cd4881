"""`requireMfa`: whoever has no second factor may enroll one and nothing else, from the next request on."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.auth.models import Membership, SecondFactor, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.access import with_key
from tests.identity.people import PASSWORD, login
from tests.identity.phones import enrolled, require_mfa
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]
HOST, EMAIL = "acme.localhost", "operator@acme.example"
PLACE = {"name": "Smuggled", "timezone": "UTC", "capacity": 5}


def test_who_has_none_may_only_enroll(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    assert owner.get("parking/locations").status == 200
    require_mfa(acme)

    with nothing_written():
        assert_problem(owner.get("parking/locations"), 403, "mfa_enrollment_required")
        assert_problem(owner.post("parking/locations", PLACE), 403, "mfa_enrollment_required")
    assert owner.get("auth/me").status == 200
    enrolled(owner)
    assert owner.post("parking/locations", PLACE).status == 201


def test_it_stops_with_the_rule(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    require_mfa(acme)
    assert owner.get("parking/locations").status == 403

    require_mfa(acme, required=False)

    assert owner.get("parking/locations").status == 200


def test_giving_it_up_has_one_enroll_anew(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    phone, _ = enrolled(owner)
    require_mfa(acme)
    assert owner.get("parking/locations").status == 200

    assert owner.post("auth/mfa/disable", {"password": PASSWORD, "code": phone.code(1)}).status == 204

    assert_problem(owner.get("parking/locations"), 403, "mfa_enrollment_required")


def test_a_new_sign_in_is_let_in_to_enroll(api: SignIn, acme: TenantRef) -> None:
    require_mfa(acme)
    answer = login(EMAIL, host=HOST)

    newcomer = Api(HOST, token=answer.json["accessToken"])

    assert_problem(newcomer.get("parking/locations"), 403, "mfa_enrollment_required")
    enrolled(newcomer)
    assert newcomer.get("parking/locations").status == 200


def test_another_tenants_rule_concerns_nobody_here(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    require_mfa(globex)

    assert api("owner").get("parking/locations").status == 200
    assert_problem(
        Api.signed_in("owner@globex.example", "globex").get("parking/locations"), 403, "mfa_enrollment_required"
    )


def test_machines_are_not_concerned(acme: TenantRef) -> None:
    gate = with_key(("locations", "read"))
    require_mfa(acme)

    assert gate.get("parking/locations").status == 200


def test_pages_and_the_api_by_cookie_are_shut_too(acme: TenantRef) -> None:
    browser = Client(raise_request_exception=False, headers={"host": HOST})
    browser.post("/sign-in/", {"email": EMAIL, "password": PASSWORD})
    assert browser.get("/").status_code == 200
    require_mfa(acme)

    assert browser.get("/")["Location"] == "/second-factor/"
    assert browser.get("/sign-in/")["Location"] == "/second-factor/"
    by_cookie = Api(HOST, client=browser)
    assert_problem(by_cookie.get("parking/locations"), 403, "mfa_enrollment_required")
    assert by_cookie.get("auth/mfa").json["enabled"] is False


def test_a_reset_by_an_admin_is_the_way_back(api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    enrolled(operator)
    user = operator.get("auth/me").json["user"]["id"]
    admin = api("admin")

    assert admin.delete(f"auth/users/{user}/mfa").status == 204

    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    assert login(EMAIL, host=HOST).status == 200
    newest = api("owner").get("audit", action="user.mfa_reset").json["items"][0]
    assert (newest["subjectId"], newest["actorName"]) == (user, "Admin Of Acme")
    assert_problem(admin.delete(f"auth/users/{user}/mfa"), 409, "mfa_not_enrolled")


def has_factor(email: str) -> bool:
    with tenancy.public():
        return SecondFactor.objects.filter(user__email=email, confirmed_at__isnull=False).exists()


def test_who_may_not_reset(api: SignIn, acme: TenantRef) -> None:
    owner = api("owner")
    enrolled(owner)
    user = owner.get("auth/me").json["user"]["id"]

    assert_problem(api("operator").delete(f"auth/users/{user}/mfa"), 403, "not_permitted")
    assert_problem(api("admin").delete(f"auth/users/{user}/mfa"), 403, "grants_too_much")
    assert_problem(owner.delete(f"auth/users/{user}/mfa"), 403, "not_yourself")
    stranger = Api.signed_in("owner@globex.example", "globex")
    assert_problem(stranger.delete(f"auth/users/{user}/mfa"), 404, "member_not_found")
    assert has_factor("owner@acme.example")


def test_of_a_member_elsewhere_only_the_platform_resets(api: SignIn, acme: TenantRef, globex: TenantRef) -> None:
    operator = api("operator")
    enrolled(operator)
    user = operator.get("auth/me").json["user"]["id"]
    with tenancy.public():
        Membership.objects.create(user=User.objects.get(id=user), tenant_id=globex.id, role="viewer")

    assert_problem(api("owner").delete(f"auth/users/{user}/mfa"), 409, "member_elsewhere")
    assert has_factor(EMAIL)

    call_command("reset_mfa", EMAIL)
    assert not has_factor(EMAIL)
    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    with pytest.raises(CommandError):
        call_command("reset_mfa", EMAIL)
    with pytest.raises(CommandError):
        call_command("reset_mfa", "nobody@acme.example")
