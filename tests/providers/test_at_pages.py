"""Signing in at a page by a provider: who gets in, who does not, and that each answer is good once, in one browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import override_settings

from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.models import Membership, ProviderIdentity, SignInKind, SignInSession, User
from apps.auth.providers.configured import TITLES
from apps.core import clock, tenancy
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.identity.phones import enrolled
from tests.refusals import nothing_written

from .journeys import HOST, begin, browser, come_back, signed_in
from .standin import NAMES, PERSONAL, StandIn

pytestmark = pytest.mark.django_db
EMAIL = "operator@acme.example"


def page_sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.filter(kind=SignInKind.PAGE, ended_at=None).count()


def refused(answer: Any, status: int, code: str) -> None:
    """A page that says why, and nobody signed in."""
    assert answer.status_code == status, answer.content
    assert answer.refusal.code == code
    assert answer.refusal.title in answer.content.decode()
    assert page_sign_ins() == 0
    with tenancy.public():
        assert not ProviderIdentity.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_member_gets_in_and_is_told(acme: TenantRef, provider: StandIn, on_commit: Any, name: str) -> None:
    client = browser()
    with on_commit():
        answer = signed_in(client, provider, name, next="/gate/")

    assert (answer.status_code, answer["Location"]) == (302, "/gate/")
    assert client.get("/gate/").status_code == 200
    with tenancy.public():
        link = ProviderIdentity.objects.get()
        assert (link.user.email, link.provider, link.email) == (EMAIL, name, EMAIL)
    assert mail.outbox[-1].to == [EMAIL]
    assert TITLES[name] in str(mail.outbox[-1].body)
    told = [one.action for one in trail(acme)]
    assert {"user.provider_linked", "user.signed_in"} <= set(told)


@pytest.mark.parametrize("name", NAMES)
def test_the_link_is_by_subject(acme: TenantRef, provider: StandIn, on_commit: Any, name: str) -> None:
    signed_in(browser(), provider, name)
    provider.person |= {"email": "owner@acme.example", "verified": False}
    mail.outbox.clear()

    client = browser()
    with on_commit():
        assert signed_in(client, provider, name).status_code == 302

    assert client.get("/gate/").status_code == 200, "the operator's page, whatever the address is now"
    assert mail.outbox == [], "told once"


def test_an_address_that_changed_hands_opens_nothing(acme: TenantRef, provider: StandIn) -> None:
    signed_in(browser(), provider)
    opened = page_sign_ins()
    provider.person |= {"subject": "2002"}

    answer = signed_in(browser(), provider)

    assert (answer.status_code, answer.refusal.code) == (409, "linked_elsewhere")
    assert page_sign_ins() == opened
    with tenancy.public():
        assert ProviderIdentity.objects.get().subject == "1001"


@pytest.mark.parametrize("name", NAMES)
def test_an_unverified_address_opens_nothing(acme: TenantRef, provider: StandIn, name: str) -> None:
    provider.person |= {"verified": False}
    with nothing_written():
        refused(signed_in(browser(), provider, name), 403, "email_unverified")


@pytest.mark.parametrize("claim", [None, False, 0, "0", "false", "", "yes", [True]])
def test_microsofts_address_counts_only_where_the_domains_owner_is_known(
    acme: TenantRef, provider: StandIn, claim: Any
) -> None:
    """The nOAuth attack: a directory of somebody's own says that its user has this address."""
    provider.claims = {"xms_edov": claim, "email_verified": True, "preferred_username": EMAIL}
    answer = signed_in(browser(), provider, "microsoft")
    refused(answer, 403, "email_unverified")
    assert "xms_edov" in answer.content.decode(), "what the administrators have to ask Microsoft for"


@pytest.mark.parametrize("claims", [{"email_verified": "true"}, {"email_verified": 1}, {"email_verified": None}])
def test_googles_address_counts_only_if_it_says_true(
    acme: TenantRef, provider: StandIn, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    refused(signed_in(browser(), provider), 403, "email_unverified")


@pytest.mark.parametrize("email", ["nobody@acme.example", "owner@globex.example", "root@parking.example"])
def test_who_is_no_member_is_told_alike(acme: TenantRef, globex: TenantRef, provider: StandIn, email: str) -> None:
    provider.person |= {"email": email}
    with nothing_written():
        refused(signed_in(browser(), provider), 403, "not_a_member")


def test_a_member_who_is_shut_out_and_a_deactivated_user_stay_out(acme: TenantRef, provider: StandIn) -> None:
    with tenancy.public():
        Membership.objects.filter(user__email=EMAIL).update(is_active=False)
    refused(signed_in(browser(), provider), 403, "not_a_member")
    with tenancy.public():
        Membership.everybody.filter(user__email=EMAIL).update(is_active=True)
        User.objects.filter(email=EMAIL).update(is_active=False)
    refused(signed_in(browser(), provider), 403, "not_a_member")


def test_the_platforms_host_is_for_its_administrators(acme: TenantRef, provider: StandIn) -> None:
    refused(come_back(client := browser("localhost"), provider.answer(begin(client)), "localhost"), 403, "not_a_member")
    provider.person |= {"email": "root@parking.example"}

    client = browser("localhost")
    assert come_back(client, provider.answer(begin(client)), "localhost").status_code == 302


def test_a_second_factor_is_still_asked_for(api: Callable[..., Api], acme: TenantRef, provider: StandIn) -> None:
    phone, _ = enrolled(api("operator"))
    client = browser()

    asked = signed_in(client, provider, next="/gate/")
    assert (asked.status_code, asked.refusal.code) == (401, "mfa_required")
    assert 'name="code"' in asked.content.decode()
    assert client.get("/gate/").status_code == 302
    with tenancy.public():
        assert not ProviderIdentity.objects.exists(), "linked only when signed in"
    assert client.post("/sign-in/", {"code": phone.wrong()}).status_code == 401

    done = client.post("/sign-in/", {"code": phone.code(1), "next": "/gate/"})

    assert (done.status_code, done["Location"]) == (302, "/gate/")
    with tenancy.public():
        assert ProviderIdentity.objects.get().user.email == EMAIL


def test_an_answer_is_good_once(acme: TenantRef, provider: StandIn) -> None:
    client = browser()
    back = provider.answer(begin(client))
    assert come_back(client, back).status_code == 302
    cookie = client.cookies["parking_provider"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    opened, asked = page_sign_ins(), len(provider.asked)

    again = come_back(client, back)

    assert (again.status_code, again.refusal.code) == (403, "state_invalid")
    assert (page_sign_ins(), len(provider.asked)) == (opened, asked)


def test_even_with_its_cookie_a_state_is_good_once(acme: TenantRef, provider: StandIn) -> None:
    client = browser()
    back = provider.answer(begin(client))
    kept = client.cookies["parking_provider"].value
    assert come_back(client, back).status_code == 302
    client.cookies["parking_provider"] = kept

    again = come_back(client, back)

    assert (again.status_code, again.refusal.code) == (403, "state_invalid")


@pytest.mark.parametrize("who", ["without a cookie", "with another's"])
def test_an_answer_is_for_the_browser_that_began(acme: TenantRef, provider: StandIn, who: str) -> None:
    back = provider.answer(begin(browser()))
    other = browser()
    if who == "with another's":
        begin(other)

    refused(come_back(other, back), 403, "state_invalid")


@pytest.mark.parametrize("how", ["missing", "nonsense", "cut", "changed", "another provider's", "too old"])
def test_a_state_that_is_none_of_ours(acme: TenantRef, provider: StandIn, how: str) -> None:
    client = browser()
    back = provider.answer(begin(client))
    parts = urlsplit(back)
    path, state = parts.path, parts.query.partition("state=")[2]
    wrong = {"missing": "", "nonsense": "x", "cut": state[:-4], "changed": state[:-4] + "AAAA"}.get(how, state)
    if how == "another provider's":
        path = path.replace("google", "github")
    with time_machine.travel(clock.now() + timedelta(seconds=601 if how == "too old" else 0)):
        answer = client.get(f"{path}?code=1&state={wrong}")

    refused(answer, 403, "state_invalid")


WRONG = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another-client"},
    "party": {"azp": "another-client"},
    "issuer": {"iss": "https://accounts.example"},
    "expired": {"exp": 1_000_000_000, "iat": 999_999_000},
    "not yet": {"iat": 4_000_000_000},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("name", ["google", "microsoft"])
def test_an_id_token_with_a_wrong(acme: TenantRef, provider: StandIn, name: str, what: str) -> None:
    provider.claims = WRONG[what]
    with nothing_written():
        refused(signed_in(browser(), provider, name), 401, "identity_invalid")


@pytest.mark.parametrize("how", ["other key", "HS256", "none", "unknown key", "no key"])
def test_a_signature_that_is_not_the_providers(acme: TenantRef, provider: StandIn, how: str) -> None:
    if how == "other key":
        provider.signed_by = provider.other_key
    if how in ("HS256", "none"):
        provider.algorithm = how
    if how == "unknown key":
        provider.header = {"kid": "two"}
    if how == "no key":
        provider.header = {}
    refused(signed_in(browser(), provider), 401, "identity_invalid")


@pytest.mark.parametrize(
    ("directory", "claims", "code"),
    [
        ("organizations", {"tid": PERSONAL}, "identity_invalid"),
        ("common", {"tid": "../../evil"}, "identity_invalid"),
        ("common", {"tid": None}, "identity_invalid"),
        ("common", {"tid": PERSONAL}, "identity_invalid"),  # the issuer says another directory
    ],
)
def test_microsofts_directories(
    acme: TenantRef, provider: StandIn, directory: str, claims: dict[str, Any], code: str
) -> None:
    provider.claims = claims
    with provider.settings("microsoft", microsoft={"directory": directory}):
        refused(signed_in(browser(), provider, "microsoft"), 401, code)


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_that_is_down(acme: TenantRef, provider: StandIn, name: str) -> None:
    client = browser()
    back = provider.answer(begin(client, name))
    provider.down = True

    answer = come_back(client, back)

    refused(answer, 503, "provider_unavailable")
    assert answer["Retry-After"] == "60"
    assert 'name="password"' in answer.content.decode(), "the password still does"


def test_a_provider_that_is_down_from_the_beginning(acme: TenantRef, provider: StandIn) -> None:
    provider.down = True
    refused(browser().get("/sign-in/google/"), 503, "provider_unavailable")
    with provider.settings("google", google={"url": "http://127.0.0.1:1"}):
        refused(browser().get("/sign-in/google/"), 503, "provider_unavailable")


def test_who_changes_their_mind(acme: TenantRef, provider: StandIn) -> None:
    provider.cancels = True
    with nothing_written():
        refused(signed_in(browser(), provider), 403, "sign_in_cancelled")


@pytest.mark.parametrize("name", ["facebook", "github", "constructor"])
def test_what_is_not_configured_is_not_offered(acme: TenantRef, provider: StandIn, name: str) -> None:
    with provider.settings("google"):
        page = browser().get("/sign-in/").content.decode()
        assert "Continue with Google" in page
        assert "GitHub" not in page
        refused(browser().get(f"/sign-in/{name}/"), 404, "provider_not_found")
        refused(browser().get(f"/sign-in/{name}/callback/"), 403, "state_invalid")
    with override_settings(SIGN_IN_PROVIDERS={}):
        assert "Continue with" not in browser().get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_elsewhere(acme: TenantRef, provider: StandIn, wanted: str) -> None:
    assert signed_in(browser(), provider, next=wanted)["Location"] == "/"


def test_one_registered_address_serves_all_hosts(acme: TenantRef, provider: StandIn) -> None:
    client = browser()
    with override_settings(SIGN_IN_CALLBACK_ORIGIN="http://localhost"):
        back = provider.answer(begin(client))
        assert back.startswith("http://localhost/sign-in/google/callback/?")
        hop = come_back(browser("localhost"), back, "localhost")
        assert hop.status_code == 302
        assert hop["Location"].startswith(f"http://{HOST}/sign-in/google/callback/?")
        done = come_back(client, hop["Location"])

    assert (done.status_code, done["Location"]) == (302, "/")
    assert client.get("/gate/").status_code == 200


def test_another_tenants_host_takes_no_answer(acme: TenantRef, globex: TenantRef, provider: StandIn) -> None:
    client = browser()
    back = provider.answer(begin(client))

    hop = come_back(client, back, "globex.localhost")

    assert hop["Location"].startswith(f"http://{HOST}/"), "back to where it began"
    assert page_sign_ins() == 0


def test_a_suspended_tenant_is_read_and_a_closed_one_is_shut(acme: TenantRef, provider: StandIn) -> None:
    change_tenant(tenant_id=acme.id, changes=TenantChanges(status="suspended", reason="unpaid"), at=clock.now())
    client = browser()
    assert signed_in(client, provider).status_code == 302
    assert client.get("/gate/").status_code == 200
