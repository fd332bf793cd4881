"""Provider links, passkeys and apps on the platform's admin, and members' second factors on the tenant's."""

from collections.abc import Callable

import pytest

from apps.auth.models import Membership, Passkey, ProviderIdentity, RecoveryCode, SecondFactor, User
from apps.core import clock, tenancy
from apps.core.shared.models import PlatformAudit
from apps.core.tenancy import TenantRef
from tests.admin.conftest import Browser
from tests.admin.conftest import browser as browser
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.identity.phones import enrolled
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.journeys import register
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]
SignIn = Callable[..., Api]
EMAIL = "operator@acme.example"


def link() -> str:
    with tenancy.public():
        facts = {"provider": "google", "subject": "secret-subject", "email": "asha@gmail.example"}
        user = User.objects.get(email=EMAIL)
        return str(
            ProviderIdentity.objects.create(user=user, linked_at=clock.now(), last_used_at=clock.now(), **facts).id
        )


def told(action: str) -> PlatformAudit:
    with tenancy.public():
        return PlatformAudit.objects.get(action=action)


def test_a_link_is_taken_away(browser: Open, api: SignIn, acme: TenantRef) -> None:
    operator, row, root = api("operator"), link(), browser("root", None)
    pages = root.get("/admin/identity/provideridentity/", q="operator@acme").content.decode()
    pages += root.get(f"/admin/identity/provideridentity/{row}/change/").content.decode()
    assert "asha@gmail.example" in pages
    assert "secret-subject" not in pages

    assert root.post(f"/admin/identity/provideridentity/{row}/delete/", post="yes").status_code == 302

    with tenancy.public():
        assert not ProviderIdentity.objects.exists()
    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    deed = told("user.provider_revoked")
    assert (deed.subject_id, deed.actor_name) == (row, "root@parking.example")
    assert deed.before["email"] == "asha@gmail.example"


def test_a_passkey_is_removed_and_the_codes_go_with_the_last(browser: Open, api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    assert register(operator, Authenticator(), "Secretless phone").status == 201
    with tenancy.public():
        passkey = Passkey.objects.get()
    root, path = browser("root", None), f"/admin/identity/passkey/{passkey.id}"
    pages = root.get("/admin/identity/passkey/").content.decode() + root.get(f"{path}/change/").content.decode()
    assert "Secretless phone" in pages
    assert "credential" not in pages

    assert root.post(f"{path}/delete/", post="yes").status_code == 302

    with tenancy.public():
        assert not Passkey.objects.exists()
        assert not RecoveryCode.objects.exists()
    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    assert told("user.passkey_revoked").before["host"] == "acme.localhost"


def test_an_app_is_forgotten_and_a_passkey_stays(browser: Open, api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    _, codes = enrolled(operator)
    assert register(operator, Authenticator(), mfaCode=codes[0]).status == 201
    with tenancy.public():
        factor = SecondFactor.objects.get()
    root, path = browser("root", None), f"/admin/identity/secondfactor/{factor.pk}"
    pages = root.get("/admin/identity/secondfactor/").content.decode() + root.get(f"{path}/change/").content.decode()
    assert EMAIL in pages
    assert "sealed" not in pages

    assert root.post(f"{path}/delete/", post="yes").status_code == 302

    with tenancy.public():
        assert not SecondFactor.objects.exists()
        assert Passkey.objects.count() == 1
        assert RecoveryCode.objects.filter(used_at=None).count() == 9
    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    assert told("user.mfa_revoked").subject_id == str(factor.pk)


@pytest.mark.parametrize("table", ["provideridentity", "passkey", "secondfactor"])
def test_nothing_is_added_or_changed_there(browser: Open, api: SignIn, acme: TenantRef, table: str) -> None:
    enrolled(api("manager"))
    register(api("operator"), Authenticator())
    row = {"provideridentity": link, "passkey": _passkey, "secondfactor": _app}[table]()
    root = browser("root", None)
    with nothing_written():
        assert root.get(f"/admin/identity/{table}/add/").status_code == 403
        root.post(f"/admin/identity/{table}/{row}/change/", name="x", email="x@x.example", provider="github")


def _passkey() -> str:
    with tenancy.public():
        return str(Passkey.objects.get().id)


def _app() -> str:
    with tenancy.public():
        return str(SecondFactor.objects.get().pk)


def member_of(email: str) -> Membership:
    with tenancy.public():
        return Membership.everybody.get(user__email=email, tenant__slug="acme")


def reset(browser: Browser, member: Membership) -> str:
    """The page that the action ends on."""
    form = {"action": "reset_second_factor", "_selected_action": str(member.pk)}
    browser.post("/admin/identity/member/", **form)
    return browser.get("/admin/identity/member/").content.decode()


def test_a_tenant_resets_its_own_members_second_factor(browser: Open, api: SignIn, acme: TenantRef) -> None:
    operator = api("operator")
    enrolled(operator)
    member, auditor = member_of(EMAIL), browser("auditor")

    with nothing_written():
        reset(auditor, member)
    assert has_app()
    page = reset(browser("admin"), member)

    assert f"{EMAIL}" in page
    assert "taken away." in page
    assert not has_app()
    assert_problem(operator.get("auth/me"), 401, "invalid_token")
    assert [one.actor_name for one in trail(acme, action="user.mfa_reset")] == ["Admin Of Acme"]
    assert "There is nothing to reset." in reset(browser("admin"), member)


def test_of_who_is_elsewhere_too_the_tenant_is_told_to_ask_the_platform(
    browser: Open, api: SignIn, acme: TenantRef, globex: TenantRef
) -> None:
    enrolled(api("operator"))
    member = member_of(EMAIL)
    with tenancy.public():
        Membership.objects.create(user_id=member.user_id, tenant_id=globex.id, role="viewer")

    assert "Ask them" in reset(browser("admin"), member)
    assert has_app()


def has_app() -> bool:
    with tenancy.public():
        return SecondFactor.objects.exists()
