"""Pages and the admin, walked: the other tenant's owner meets nothing of acme's, and acme's cookie is nobody elsewhere.

Routes are read from the URLconf and tables from the admin's registry: a new one without its line here is red.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLResolver, get_resolver

from apps.auth.models import SupportSession, User
from apps.billing.models import Payment
from apps.core import clock, tenancy
from apps.core.admin import platform_site, tenant_site
from apps.core.events.subscription import subscriptions
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.admin.conftest import Browser
from tests.admin.conftest import browser as browser
from tests.events.projecting import stored
from tests.factories.api import Api
from tests.refusals import nothing_written
from tests.strangers.scene import Scene
from tests.strangers.scene import scene as scene

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]

OPEN = {
    "health": "the process alone",
    "ready": "the process alone",
    "metrics": "sums over all tenants; the gateway answers 404 (tests/deployment)",
    ".well-known/jwks.json": "public keys",
    "^api/schema/?$": "the same for everybody",
    "^api/docs/?$": "the same for everybody",
    "^api/(?P<rest>.*)$": "says that there is no such call",
    "sign-in/": "asks who one is",
    "sign-in/<str:provider>/": "sends to a provider, with a state of this host",
    "sign-in/<str:provider>/callback/": "takes the state of this host alone: tests/providers",
    "confirm-email/": "whoever is signed in at this host and asked for the link",
    "ways-in/": "one's own, of whoever is signed in at this host",
    "sign-out/": "ends the session of this host",
    "second-factor/": "the second step of signing in at this host",
    "forgot-password/": "tells nobody whether there is such an account",
    "reset-password/": "whoever holds the link of the e-mail",
    "invitation/": "whoever holds the link of the e-mail",
    "pay/<str:link>/": "whoever holds the link to pay, at this tenant alone: tests/billing/test_pay_links.py",
}
_PAGES = ("", "gate/", "payments/", "till/", "shifts/", "invoices/", "tariffs/", "tariffs/new/")
GUARDED = dict.fromkeys(_PAGES, 200) | dict.fromkeys(("tariffs/<uuid:rate_id>/", "tariffs/<uuid:rate_id>/lab/"), 404)
"""What a stranger with a role at their own tenant is answered: their own page, or that there is no such thing."""
MODELS = {model._meta.label_lower: model for model in tenant_site._registry}
SHARED = [model._meta.label_lower for model in platform_site._registry if model not in tenant_site._registry]
APP_LISTS = re.compile(r"\^\(\?P<app_label>[^)]*\)/\$")
PARTS = ("change/", "history/", "delete/", "")
SECRETS = (
    "Secret yard",
    "Secret gate",
    "MH 12",
    "MH 99",
    "tank-truck",
    "secret-role",
    "Secret camera",
    "Secret reason",
    "Asha",
    "acme",
)


def routes(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif not route.startswith("api/v1/"):
            yield route


def path_of(table: str) -> str:
    return f"/admin/{table.replace('.', '/')}/"


@pytest.fixture
def rows(scene: Scene, api: Callable[..., Api], acme: TenantRef) -> dict[str, str]:
    """The key of one row of acme's for each table of the admin."""
    kept = api("owner").post("parking/locations", {"name": "Secret yard 2", "capacity": 1}, {"Idempotency-Key": "one"})
    assert kept.status == 201
    with tenancy.public():
        SupportSession.objects.create(
            tenant_id=acme.id, user=User.objects.get(email="root@parking.example"), sign_in_id=new_id(),
            reason="Secret reason", started_at=clock.now(), ends_at=clock.now() + timedelta(hours=1),
        )  # fmt: skip
    with tenancy.enter(acme):
        for heard in subscriptions():
            if heard.handler is not None:
                for envelope in stored(SimpleNamespace(types=sorted(heard.types))):  # type: ignore[arg-type]
                    with transaction.atomic():
                        heard.handler.handle(envelope)
        payment = Payment.objects.order_by("-pk").first()
        assert payment is not None
        given = api("owner").post(f"billing/payments/{payment.pk}/refund", {"amount": 0.01, "reason": "Secret reason"})
        assert given.status == 201, given
    body = {"amount": 5, "method": "cash", "purpose": "topup", "reference": "Secret transfer"}
    assert api("owner").post(f"billing/customers/{scene['customer']}/payments", body).status == 201
    rules = api("owner").patch("billing/payment-rules", {"exitGraceMinutes": 7}, {"If-Match": '"0"'})
    assert rules.status == 200
    with tenancy.enter(acme):
        found = {table: model._default_manager.order_by("-pk").first() for table, model in MODELS.items()}
    assert [table for table, row in found.items() if row is None] == [], "the scene has no row of these"
    return {table: str(row.pk) for table, row in found.items()}


def test_every_page_is_known() -> None:
    assert {route for route in routes() if not route.startswith("admin/")} <= OPEN.keys() | GUARDED.keys()


@pytest.mark.parametrize("route", sorted(GUARDED))
def test_another_tenants_cookie_opens_no_page(browser: Open, scene: Scene, route: str) -> None:
    key = browser("owner").client.cookies["parking_session"].value
    path = "/" + route.replace("<uuid:rate_id>", scene["rate"])
    for host in ("globex.localhost", "localhost"):
        sent = Browser(host, key).get(path)
        assert (sent.status_code, sent["Location"].split("?")[0]) == (302, "/sign-in/")
    assert browser("owner").get(path).status_code == 200
    page = browser("owner", "globex").get(path)
    assert page.status_code == GUARDED[route]
    assert "Secret" not in page.content.decode()


def test_a_strangers_lists_and_searches_show_nothing(browser: Open, rows: dict[str, str]) -> None:
    stranger, shown = browser("owner", "globex"), []
    for table, key in rows.items():
        for words in ("", key, "Secret", "MH"):
            page = stranger.get(path_of(table), q=words)
            assert page.status_code == 200, table
            text = page.content.decode().replace(f'value="{words}"', "")
            shown += [(table, words, secret) for secret in SECRETS if secret in text]
    assert shown == []


def test_no_admin_page_takes_another_hosts_cookie(browser: Open, acme: TenantRef) -> None:
    key, opened = browser("owner").client.cookies["parking_session"].value, []
    for route in sorted({route for route in routes() if route.startswith("admin/")}):
        path = "/" + APP_LISTS.sub("core/", route.replace("<path:object_id>", "1").replace("(?P<url>.*)$", "x"))
        for host in ("globex.localhost", "localhost"):
            stranger = Browser(host, key)
            opened += [(host, path) for reply in (stranger.get(path), stranger.post(path)) if reply.status_code == 200]
    assert {path for _, path in opened} <= {"/admin/jsi18n/"}, "words of the interface, the same for everybody"


@pytest.mark.parametrize("table", sorted(SHARED))
def test_no_tenant_reaches_a_shared_row(browser: Open, acme: TenantRef, table: str) -> None:
    with tenancy.public():
        row = next(model for model in platform_site._registry if model._meta.label_lower == table)
        key = row._default_manager.values_list("pk", flat=True).first() or 1
    owner = browser("owner")
    with nothing_written():
        for part in PARTS:
            assert owner.get(f"{path_of(table)}{key}/{part}").status_code == 404
            assert owner.post(f"{path_of(table)}{key}/{part}", post="yes").status_code == 404
