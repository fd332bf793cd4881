"""Signing in over the API by a provider: no token stands in an address, and a code takes the verifier of who began."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client, override_settings

from apps.auth.commands.security_rules import change_security_rules
from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.auth.models import ProviderIdentity, SignInSession, User
from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.identity.people import at_host, login
from tests.identity.phones import enrolled
from tests.refusals import assert_problem, nothing_written

from .journeys import BACK, HOST, VERIFIER, authorize, browser, come_back, exchange, front_end, signed_in
from .standin import CLIENT, NAMES, StandIn

pytestmark = pytest.mark.django_db
EMAIL = "operator@acme.example"
SignIn = Callable[..., Api]


def sign_ins() -> int:
    with tenancy.public():
        return SignInSession.objects.count()


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_in_the_same_pair_as_a_password(acme: TenantRef, provider: StandIn, on_commit: Any, name: str) -> None:
    found = front_end(provider, name)
    assert found.keys() == {"code"}

    with on_commit():
        answer = exchange(found["code"])

    assert answer.status == 200, answer
    assert answer["Cache-Control"] == "no-store"
    by_password = login(EMAIL, host=HOST).json
    assert answer.json.keys() == by_password.keys()
    for member in ("user", "tenant", "role", "memberships", "tokenType", "expiresIn"):
        assert answer.json[member] == by_password[member], member
    assert at_host(HOST, answer.json["accessToken"]).get("auth/me").json["user"]["email"] == EMAIL
    refreshed = Api(HOST).post("auth/refresh", {"refreshToken": answer.json["refreshToken"]})
    assert refreshed.status == 200, refreshed
    assert mail.outbox[-1].to == [EMAIL]
    assert {"user.provider_linked", "user.signed_in"} <= {one.action for one in trail(acme)}


def test_what_a_provider_is_asked(acme: TenantRef, provider: StandIn) -> None:
    asked = {
        name: parse_qs(urlsplit(authorize(name).json["authorizeUrl"]).query) for name in NAMES
    }  # fmt: skip
    for name, query in asked.items():
        assert query["client_id"] == [CLIENT]
        assert query["redirect_uri"] == [f"http://{HOST}/sign-in/{name}/callback/"]
        assert query["code_challenge_method"] == ["S256"]
        assert "secret" not in str(query)
        assert VERIFIER not in str(query)
    assert set(asked["google"]["scope"][0].split()) == {"openid", "email", "profile"}
    assert set(asked["github"]["scope"][0].split()) == {"read:user", "user:email"}
    assert asked["google"]["nonce"] != asked["microsoft"]["nonce"]
    assert "nonce" not in asked["github"]


def test_who_is_offered(acme: TenantRef, provider: StandIn) -> None:
    assert [one["title"] for one in Api(HOST).get("auth/oauth").json["items"]] == ["Google", "Microsoft", "GitHub"]
    with provider.settings("github"):
        assert Api(HOST).get("auth/oauth").json == {"items": [{"provider": "github", "title": "GitHub"}]}
        assert_problem(authorize("google"), 404, "provider_not_found")
    with override_settings(SIGN_IN_PROVIDERS={}):
        assert Api(HOST).get("auth/oauth").json == {"items": []}
        assert_problem(authorize("github"), 404, "provider_not_found")
    assert_problem(authorize("facebook"), 404, "provider_not_found")


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http://acme.localhost.evil.example/",
     "http://acme.localhost@evil.example/", "https://acme.localhost/", "http://globex.localhost/", f"{BACK}#x",
     "/app/"],
)  # fmt: skip
def test_a_code_goes_nowhere_else(acme: TenantRef, globex: TenantRef, provider: StandIn, back: str) -> None:
    with nothing_written():
        assert_problem(authorize(returnTo=back), 422, "invalid", returnTo="not_allowed")


def test_a_front_end_of_another_origin(acme: TenantRef, provider: StandIn) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example"]):
        found = front_end(provider, returnTo="https://app.example/signed-in?x=1", tenant="acme", host="localhost")
    assert exchange(found["code"], host="localhost").json["tenant"]["slug"] == "acme"


def test_what_is_asked_for_has_to_be_right(acme: TenantRef, provider: StandIn) -> None:
    wrong = authorize(codeChallenge="short", returnTo="")
    assert_problem(wrong, 422, "invalid", codeChallenge="invalid", returnTo="required")
    assert_problem(authorize(tenant="globex"), 403, "tenant_mismatch")


def test_a_code_is_good_once(acme: TenantRef, provider: StandIn) -> None:
    code = front_end(provider)["code"]
    assert exchange(code).status == 200
    opened = sign_ins()

    assert_problem(exchange(code), 401, "code_invalid")

    assert sign_ins() == opened


@pytest.mark.parametrize("how", ["nonsense", "cut", "another verifier", "a state", "too late"])
def test_a_code_that_is_not_good(acme: TenantRef, provider: StandIn, how: str) -> None:
    code, verifier, later = front_end(provider)["code"], VERIFIER, 0
    match how:
        case "nonsense":
            code = "x"
        case "cut":
            code = code[:-4]
        case "another verifier":
            verifier = "w" * 43
        case "a state":
            code = parse_qs(urlsplit(authorize().json["authorizeUrl"]).query)["state"][0]
        case "too late":
            later = 301
    opened = sign_ins()
    with time_machine.travel(clock.now() + timedelta(seconds=later)), nothing_written():
        assert_problem(exchange(code, verifier=verifier), 401, "code_invalid")
    assert sign_ins() == opened


def test_a_code_is_for_its_tenant(acme: TenantRef, globex: TenantRef, provider: StandIn) -> None:
    code = front_end(provider)["code"]
    with nothing_written():
        assert_problem(exchange(code, host="globex.localhost"), 403, "tenant_mismatch")
    assert exchange(code, host="localhost").json["tenant"]["slug"] == "acme"


def test_a_second_factor_is_still_asked_for_and_the_code_is_still_good(
    api: SignIn, acme: TenantRef, provider: StandIn
) -> None:
    phone, _ = enrolled(api("operator"))
    code = front_end(provider)["code"]
    with nothing_written():
        assert_problem(exchange(code), 401, "mfa_required")
        assert_problem(exchange(code, mfaCode=phone.wrong()), 401, "mfa_required")

    assert exchange(code, mfaCode=phone.code(1)).status == 200
    assert_problem(exchange(code, mfaCode=phone.code(2)), 401, "code_invalid")


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ({"email": "nobody@acme.example"}, "not_a_member"),
        ({"email": "root@globex.example"}, "not_a_member"),
        ({"verified": False}, "email_unverified"),
    ],
)
def test_refusals_come_back_to_the_front_end(
    acme: TenantRef, provider: StandIn, person: dict[str, Any], code: str
) -> None:
    provider.person |= person
    with nothing_written():
        assert front_end(provider) == {"error": code}


def test_somebody_of_another_tenant_is_refused_at_the_exchange(
    acme: TenantRef, globex: TenantRef, provider: StandIn
) -> None:
    provider.person |= {"email": "owner@globex.example"}
    code = front_end(provider)["code"]
    with nothing_written():
        assert_problem(exchange(code), 403, "not_a_member")


def test_cancelled_down_and_replayed(acme: TenantRef, provider: StandIn) -> None:
    provider.cancels = True
    assert front_end(provider) == {"error": "sign_in_cancelled"}
    provider.cancels = False
    back = provider.answer(authorize().json["authorizeUrl"])
    assert "#code=" in come_back(browser(), back)["Location"]
    assert come_back(browser(), back)["Location"] == f"{BACK}#error=state_invalid"
    back = provider.answer(authorize().json["authorizeUrl"])
    provider.down = True
    assert come_back(browser(), back)["Location"] == f"{BACK}#error=provider_unavailable"


def test_a_provider_that_is_down_is_told_with_when_to_come_again(acme: TenantRef, provider: StandIn) -> None:
    provider.down = True
    answer = authorize()
    assert_problem(answer, 503, "provider_unavailable")
    assert answer["Retry-After"] == "60"


def test_a_slow_provider_is_waited_for_five_seconds_at_most(acme: TenantRef, provider: StandIn) -> None:
    provider.slow_seconds = 5.5
    began = clock.now()
    assert_problem(authorize(), 503, "provider_unavailable")
    assert (clock.now() - began).total_seconds() < 5.4
    asked = len(provider.asked)
    assert_problem(authorize(), 503, "provider_unavailable")
    assert len(provider.asked) == asked, "for ten seconds nobody else waits for it"


def test_where_an_operator_allows_it_from(acme: TenantRef, provider: StandIn) -> None:
    code = front_end(provider)["code"]
    change_security_rules(
        tenant_id=acme.id, changes={"allowed_ip_ranges": ("203.0.113.0/24",)}, expected_version=None, actor=SYSTEM,
        address="", confirmed=True, at=clock.now(),
    )  # fmt: skip
    with nothing_written():
        assert_problem(exchange(code), 403, "ip_not_allowed")


def test_a_closed_tenant_is_shut_and_a_deactivated_user_out(acme: TenantRef, provider: StandIn) -> None:
    code, other = front_end(provider)["code"], front_end(provider)["code"]
    with tenancy.public():
        User.objects.filter(email=EMAIL).update(is_active=False)
    assert_problem(exchange(code), 403, "not_a_member")
    with tenancy.public():
        User.objects.filter(email=EMAIL).update(is_active=True)
    change_tenant(tenant_id=acme.id, changes=TenantChanges(status="closed", reason="gone"), at=clock.now())
    assert_problem(exchange(other, host="localhost"), 403, "tenant_closed")


def test_codes_that_are_not_good_are_counted(acme: TenantRef, provider: StandIn) -> None:
    far = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.77")
    body = {"code": "x", "codeVerifier": VERIFIER}
    for _ in range(10):
        assert_problem(Api(HOST, client=far).post("auth/oauth/exchange", body), 401, "code_invalid")

    assert_problem(Api(HOST, client=far).post("auth/oauth/exchange", body), 429, "too_many_attempts")
    assert exchange(front_end(provider)["code"]).status == 200, "elsewhere one gets in"


def test_ones_links_are_listed_and_taken_away(
    api: SignIn, acme: TenantRef, globex: TenantRef, provider: StandIn
) -> None:
    signed_in = exchange(front_end(provider)["code"]).json
    other = at_host(HOST, signed_in["accessToken"])
    operator = api("operator")
    (link,) = operator.get("auth/identities").json["items"]
    assert (link["provider"], link["email"]) == ("google", EMAIL)
    assert api("owner").get("auth/identities").json == {"items": []}
    with nothing_written():
        for stranger in (api("owner"), api("owner", "globex")):
            assert_problem(stranger.delete(f"auth/identities/{link['id']}"), 404, "identity_not_found")

    assert operator.delete(f"auth/identities/{link['id']}").status == 204

    assert operator.get("auth/identities").json == {"items": []}
    assert_problem(other.get("auth/me"), 401, "invalid_token")
    assert "user.provider_unlinked" in {one.action for one in trail(acme)}
    with tenancy.public():
        assert not ProviderIdentity.objects.exists()


def test_the_page_shows_ones_links_and_takes_them_away(acme: TenantRef, provider: StandIn) -> None:
    client = browser()
    assert client.get("/ways-in/")["Location"] == "/sign-in/?next=/ways-in/"
    assert signed_in(client, provider).status_code == 302
    page = client.get("/ways-in/").content.decode()
    assert "Google" in page
    with tenancy.public():
        link = ProviderIdentity.objects.get()
    with nothing_written():
        assert client.post("/ways-in/", {"unlink": "nonsense"}).status_code == 404
        assert client.post("/ways-in/", {"unlink": str(new_id())}).status_code == 404
        strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
        assert strict.post("/ways-in/", {"unlink": str(link.id)}).status_code == 403

    assert client.post("/ways-in/", {"unlink": str(link.id)})["Location"] == "/ways-in/"

    assert "None. One is linked" in client.get("/ways-in/").content.decode()
