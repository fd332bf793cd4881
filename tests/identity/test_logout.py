"""POST auth/logout: the sign-in is over on the very next request."""

import pytest

from apps.auth.models import SignInSession
from apps.core import tenancy
from apps.core.redis_client import client
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"


def sign_out(refresh_token: str, host: str = HOST) -> Reply:
    return Api(host).post("auth/logout", {"refreshToken": refresh_token})


def test_access_tokens_stop_at_once(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json
    api = at_host(HOST, pair["accessToken"])
    assert api.get("auth/me").status == 200  # by now Redis remembers the session as live

    answer = sign_out(pair["refreshToken"])

    assert answer.status == 204
    assert (api.get("auth/me").status, api.get("auth/me").code) == (401, "invalid_token")
    assert Api(HOST).post("auth/refresh", {"refreshToken": pair["refreshToken"]}).status == 401


def test_redis_may_forget_that_a_session_ended(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json
    sign_out(pair["refreshToken"])
    with tenancy.public():
        session = SignInSession.objects.get(user__email="operator@acme.example")
    client().delete(f"signin:{session.id}")

    assert at_host(HOST, pair["accessToken"]).get("auth/me").status == 401


def test_without_redis_it_holds_as_well(acme: TenantRef, redis_away: None) -> None:
    pair = login("operator@acme.example", host=HOST).json
    assert at_host(HOST, pair["accessToken"]).get("auth/me").status == 200

    assert sign_out(pair["refreshToken"]).status == 204
    assert at_host(HOST, pair["accessToken"]).get("auth/me").status == 401


def test_a_spent_refresh_token_may_still_sign_out_and_twice_is_no_error(acme: TenantRef) -> None:
    first = login("operator@acme.example", host=HOST).json
    second = Api(HOST).post("auth/refresh", {"refreshToken": first["refreshToken"]}).json

    assert sign_out(first["refreshToken"]).status == 204
    assert sign_out(second["refreshToken"]).status == 204
    assert at_host(HOST, second["accessToken"]).get("auth/me").status == 401


def test_only_that_sign_in_ends(acme: TenantRef) -> None:
    phone, desk = (login("operator@acme.example", host=HOST).json for _ in range(2))

    sign_out(phone["refreshToken"])

    assert at_host(HOST, desk["accessToken"]).get("auth/me").status == 200


def test_another_tenants_host_ends_nothing(acme: TenantRef, globex: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    refused = sign_out(pair["refreshToken"], host="globex.localhost")

    assert (refused.status, refused.code) == (403, "tenant_mismatch")
    assert at_host(HOST, pair["accessToken"]).get("auth/me").status == 200


def test_what_is_no_refresh_token_is_refused(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json

    assert sign_out("nonsense").code == "invalid_token"
    assert sign_out(pair["accessToken"]).code == "invalid_token"
    assert at_host(HOST, pair["accessToken"]).get("auth/me").status == 200
