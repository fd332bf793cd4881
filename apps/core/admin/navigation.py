"""What stands beside every page of the admin, as unfold's settings ask for it by request."""

from typing import Any

from django.http import HttpRequest

from apps.core import tenancy

from .sites import ReadMostlySite, platform_site, tenant_site


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The tables that this person may see, by context."""
    site = _site()
    return [
        {"title": app["name"], "items": [_item(site, model) for model in app["models"]]}
        for app in site.get_app_list(request)
    ]


def _item(site: ReadMostlySite, model: dict[str, Any]) -> dict[str, Any]:
    return {"title": model["name"], "icon": site._registry[model["model"]].icon, "link": model["admin_url"]}


def title(request: HttpRequest) -> str:
    """The tenant's name; on the platform's host the platform's."""
    tenant = tenancy.find_current()
    return tenant.name if tenant else "Parking platform"


def subheader(request: HttpRequest) -> str:
    """Whose clock the page's times are read from."""
    tenant = tenancy.find_current()
    return f"Times of {tenant.timezone}" if tenant else "Times in UTC"


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Ways out of the admin."""
    return [{"title": "Live board" if tenancy.find_current() else "The yards", "link": "/"}]


def _site() -> ReadMostlySite:
    return tenant_site if tenancy.find_current() else platform_site
