"""Who is invited may accept by signing in with a provider, if it knows them by that very address."""

import re
from collections.abc import Callable

import pytest
from django.core import mail

from apps.auth.models import Invitation, ProviderIdentity, User
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.people import login
from tests.refusals import nothing_written

from .journeys import HOST, browser, come_back, exchange, front_end, signed_in
from .standin import StandIn

pytestmark = pytest.mark.django_db
NEW = "new.person@acme.example"


@pytest.fixture
def token(api: Callable[..., Api]) -> str:
    """The link's, of an invitation of somebody whom nobody knows."""
    assert api("admin").post("auth/invitations", {"email": NEW, "role": "operator"}).status == 201
    found = re.search(r"/invitation/\?token=(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_at_the_page(acme: TenantRef, provider: StandIn, token: str) -> None:
    provider.person |= {"email": NEW}
    client = browser()
    page = client.get("/invitation/", {"token": token}).content.decode()
    assert f'href="/sign-in/google/?invitation={token}"' in page

    answer = signed_in(client, provider, invitation=token)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/gate/").status_code == 200
    with tenancy.public():
        user = User.objects.get(email=NEW)
        assert (user.has_usable_password(), user.full_name) == (False, "Operator at a provider")
        assert ProviderIdentity.objects.get().user_id == user.id
        assert Invitation.objects.get().accepted_at is not None
    assert login(NEW, "", host=HOST).status in (401, 422)


def test_by_a_front_end(acme: TenantRef, provider: StandIn, token: str) -> None:
    provider.person |= {"email": NEW}
    answer = exchange(front_end(provider, "github", invitation=token)["code"])
    assert (answer.status, answer.json["role"]) == (200, "operator")


@pytest.mark.parametrize("person", [{"email": "another@acme.example"}, {"email": NEW, "verified": False}])
def test_another_address_accepts_nothing(
    acme: TenantRef, provider: StandIn, token: str, person: dict[str, object]
) -> None:
    provider.person |= person
    with nothing_written():
        answer = signed_in(browser(), provider, invitation=token)
        assert (answer.status_code, answer.refusal.code) == (403, "wrong_address")
        assert front_end(provider, invitation=token) == {"error": "wrong_address"}
    with tenancy.public():
        assert not User.objects.filter(email__in=[NEW, "another@acme.example"]).exists()


def test_another_tenants_host_and_a_used_link(
    acme: TenantRef, globex: TenantRef, provider: StandIn, token: str
) -> None:
    provider.person |= {"email": NEW}
    client = browser("globex.localhost")
    begun = client.get("/sign-in/google/", {"invitation": token})
    with nothing_written():
        refused = come_back(client, provider.answer(begun["Location"]), "globex.localhost")
        assert (refused.status_code, refused.refusal.code) == (403, "link_invalid")
    assert signed_in(browser(), provider, invitation=token).status_code == 302
    assert signed_in(browser(), provider, invitation=token).refusal.code == "link_invalid"
