"""Which admin one meets at which host, and who may enter it."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry

from apps.core import tenancy
from apps.core.admin import platform_site, tenant_site
from apps.core.tenancy import TenantRef
from apps.parking.models import VehicleType
from tests.admin.conftest import Browser

pytestmark = pytest.mark.django_db
Open = Callable[..., Browser]

TENANT_TABLES = sorted(f"{m._meta.app_label}/{m._meta.model_name}" for m in tenant_site._registry)
PLATFORM_TABLES = sorted(f"{m._meta.app_label}/{m._meta.model_name}" for m in platform_site._registry)
ON_BOTH = {"identity/supportsession"}  # a public table; a tenant sees its own rows (tests/audit)


def test_no_table_is_on_both_sites() -> None:
    assert set(TENANT_TABLES) & set(PLATFORM_TABLES) == ON_BOTH
    assert {"identity/user", "identity/tenant", "core_shared/eventoutbox"} <= set(PLATFORM_TABLES)
    assert {"core/event", "parking/location", "billing/payment"} <= set(TENANT_TABLES)


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_an_owner_sees_each_of_the_tenants_tables(browser: Open, table: str) -> None:
    assert browser("owner").get(f"/admin/{table}/").status_code == 200


@pytest.mark.parametrize("table", sorted(set(PLATFORM_TABLES) - ON_BOTH))
def test_no_tenants_owner_reaches_a_shared_table(browser: Open, table: str) -> None:
    """A tenant's most powerful member must not meet the rows of all tenants in his admin."""
    assert browser("owner").get(f"/admin/{table}/").status_code == 404


@pytest.mark.parametrize("table", PLATFORM_TABLES)
def test_a_platform_administrator_sees_each_shared_table(browser: Open, table: str) -> None:
    assert browser("root", None).get(f"/admin/{table}/").status_code == 200


@pytest.mark.parametrize("table", sorted(set(TENANT_TABLES) - ON_BOTH))
def test_the_platform_has_none_of_a_tenants_tables(browser: Open, table: str) -> None:
    assert browser("root", None).get(f"/admin/{table}/").status_code == 404


def test_the_page_names_the_tenant_and_its_tables(browser: Open) -> None:
    page = browser("owner").get("/admin/").content.decode()

    assert "Acme" in page
    assert "Asia/Kolkata" in page
    assert "/admin/parking/location/" in page
    assert "identity/user" not in page


def test_rows_are_those_of_the_host(browser: Open, acme: TenantRef, globex: TenantRef) -> None:
    with tenancy.enter(globex):
        VehicleType.objects.create(code="hovercraft", name="Hovercraft of globex")

    assert "Hovercraft of globex" in browser("owner", "globex").get("/admin/parking/vehicletype/").content.decode()
    assert "Hovercraft of globex" not in browser("owner").get("/admin/parking/vehicletype/").content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("admin", 200), ("manager", 200), ("auditor", 200), ("viewer", 200), ("operator", 302)],
)
def test_who_may_enter(browser: Open, role: str, status: int) -> None:
    assert browser(role).get("/admin/").status_code == status


def test_an_operator_is_told_and_not_sent_round_in_circles(browser: Open) -> None:
    operator = browser("operator")
    sent = operator.get("/admin/")

    assert operator.get(sent["Location"]).status_code == 403


def test_a_stranger_is_sent_to_our_sign_in_page(acme: TenantRef) -> None:
    for host in ("acme.localhost", "localhost"):
        stranger = Browser(host)
        sent = stranger.get("/admin/parking/location/")
        sent = stranger.get(sent["Location"])
        assert (sent.status_code, sent["Location"].split("?")[0]) == (302, "/sign-in/")


def test_another_tenants_cookie_is_a_strangers(browser: Open) -> None:
    key = browser("owner").client.cookies["parking_session"].value

    assert Browser("globex.localhost", key).get("/admin/").status_code == 302
    assert Browser("localhost", key).get("/admin/").status_code == 302


def test_the_platforms_cookie_opens_no_tenant(browser: Open) -> None:
    key = browser("root", None).client.cookies["parking_session"].value

    assert Browser("acme.localhost", key).get("/admin/").status_code == 302


def test_an_unknown_host_is_not_the_platform(browser: Open) -> None:
    key = browser("root", None).client.cookies["parking_session"].value

    assert Browser("nobody.localhost", key).get("/admin/identity/user/").status_code == 404
    assert Browser("nobody.localhost", key).get("/admin/login/").status_code == 404


def test_a_viewer_sees_sites_and_no_money(browser: Open) -> None:
    viewer = browser("viewer")

    assert viewer.get("/admin/parking/location/").status_code == 200
    assert viewer.get("/admin/billing/payment/").status_code == 403
    assert viewer.get("/admin/core/event/").status_code == 403
    assert "/admin/billing/" not in viewer.get("/admin/").content.decode()


def test_signing_out_ends_it(browser: Open) -> None:
    owner = browser("owner")

    assert owner.get("/admin/logout/").status_code == 404, "a link must not sign anybody out"
    assert owner.post("/admin/logout/")["Location"] == "/sign-in/"
    assert owner.get("/admin/").status_code == 302


@pytest.mark.parametrize("path", ["password_change/", "r/1/1/"])
def test_what_is_left_out(browser: Open, path: str) -> None:
    assert browser("owner").get(f"/admin/{path}").status_code == 404


def test_nothing_is_logged_beside_the_events(browser: Open) -> None:
    browser("owner").post("/admin/parking/vehicletype/add/", code="hovercraft", name="Hovercraft", rank="7")

    with tenancy.public():
        assert LogEntry.objects.count() == 0
