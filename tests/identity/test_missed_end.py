"""Redis away at the very moment when a sign-in ends: nothing comes back to life."""

from uuid import UUID

import pytest
from django.test import override_settings

from apps.auth import tokens
from apps.auth.models import SignInSession
from apps.auth.tasks import tell_untold_sign_in_ends
from apps.core import redis_client, tenancy
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.factories.api import Api
from tests.identity.people import at_host, login

pytestmark = pytest.mark.django_db
HOST = "acme.localhost"


def without_redis() -> override_settings:
    """Nobody listens at this address."""
    return override_settings(REDIS_URL="redis://127.0.0.1:1/0")


@pytest.fixture
def ended_while_redis_was_cut_off(acme: TenantRef) -> Api:
    """A token whose sign-in Redis still believes in."""
    pair = login("operator@acme.example", host=HOST).json
    api = at_host(HOST, pair["accessToken"])
    assert api.get("auth/me").status == 200
    redis_client.client.cache_clear()
    with without_redis():
        assert Api(HOST).post("auth/logout", {"refreshToken": pair["refreshToken"]}).status == 204
        assert api.get("auth/me").status == 401, "the database is asked meanwhile"
    redis_client.client.cache_clear()
    return api


def untold() -> list[UUID]:
    with tenancy.public():
        return list(SignInSession.objects.filter(end_untold=True).values_list("id", flat=True))


def test_control_what_redis_remembers_is_believed(ended_while_redis_was_cut_off: Api) -> None:
    """So it is told anew by the clock, and forgotten by itself after a minute."""
    assert ended_while_redis_was_cut_off.get("auth/me").status == 200
    session_id = tokens.read_access(ended_while_redis_was_cut_off.token or "").session_id
    assert 0 < redis_client.client().ttl(f"signin:{session_id}") <= 60


def test_the_next_tick_tells_redis_what_it_missed(ended_while_redis_was_cut_off: Api) -> None:
    assert len(untold()) == 1

    app.tasks[tell_untold_sign_in_ends.name].apply()

    assert ended_while_redis_was_cut_off.get("auth/me").status == 401
    assert untold() == []


def test_a_tick_without_redis_keeps_it_for_the_next(ended_while_redis_was_cut_off: Api) -> None:
    redis_client.client.cache_clear()
    with without_redis():
        app.tasks[tell_untold_sign_in_ends.name].apply()
    redis_client.client.cache_clear()

    assert len(untold()) == 1


def test_what_redis_heard_is_not_told_again(acme: TenantRef) -> None:
    pair = login("operator@acme.example", host=HOST).json
    Api(HOST).post("auth/logout", {"refreshToken": pair["refreshToken"]})

    assert untold() == []
