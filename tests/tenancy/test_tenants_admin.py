"""Tenants and hosts on the platform's admin: changed by the same commands, refused in the same words."""

from collections.abc import Callable

from apps.auth.models import Domain, Tenant
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.admin.conftest import Browser
from tests.admin.conftest import browser as browser

from .platform import nothing_changed

SignIn = Callable[..., Browser]
GIVEN = {"name": "Acme Parking", "timezone": "Asia/Kolkata", "limits": '{"maxUsers": 9}', "status_reason": "unpaid"}


def test_a_tenant_is_suspended_and_its_limits_are_set(browser: SignIn, acme: TenantRef) -> None:
    page = f"/admin/identity/tenant/{acme.id}/change/"
    root = browser("root", None)
    assert root.post(page, **GIVEN, status="suspended").status_code == 302
    with tenancy.public():
        tenant = Tenant.objects.get(id=acme.id)
    assert (tenant.name, tenant.status, tenant.status_reason) == ("Acme Parking", "suspended", "unpaid")
    assert (tenant.limits, tenant.version) == ({"maxUsers": 9}, 2)

    with nothing_changed():
        for wrong in ({"limits": '{"maxGates": 9}'}, {"timezone": "Mars/Base"}, {"status": "provisioning"}):
            refused = root.post(page, **{**GIVEN, "status": "suspended", **wrong})
            assert refused.status_code == 200, wrong
            assert "errorlist" in refused.content.decode() or "error" in refused.content.decode()


def test_hosts_are_added_and_the_main_one_is_kept(browser: SignIn, acme: TenantRef) -> None:
    root = browser("root", None)
    host = {"domain": "park.acme.example", "tenant": str(acme.id)}
    assert root.post("/admin/identity/domain/add/", **host).status_code == 302
    with tenancy.public():
        main = Domain.objects.get(domain="acme.localhost")
        other = Domain.objects.get(domain="park.acme.example")
    assert (main.is_primary, other.is_primary) == (True, False)
    with nothing_changed():
        assert root.post("/admin/identity/domain/add/", **host).status_code == 200
        root.post(f"/admin/identity/domain/{main.pk}/delete/", post="yes")
    assert root.post(f"/admin/identity/domain/{other.pk}/delete/", post="yes").status_code == 302
    with tenancy.public():
        assert not Domain.objects.filter(domain="park.acme.example").exists()


def test_a_tenants_owner_has_no_such_pages(browser: SignIn, acme: TenantRef) -> None:
    owner = browser("owner", "acme")
    with nothing_changed():
        for page in (f"/admin/identity/tenant/{acme.id}/change/", "/admin/identity/domain/add/"):
            assert owner.post(page, **GIVEN, status="closed").status_code in (403, 404)
