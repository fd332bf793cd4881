"""The admin: the platform's on its own host, the tenant's on a tenant's host; which it is shows with each request."""

from typing import Any

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

from apps.core import tenancy
from apps.core.admin import platform_site, tenant_site
from apps.core.admin.sites import ReadMostlySite


class HostPattern(RoutePattern):
    """Matches any path, where a tenant is entered or where none is."""

    def __init__(self, *, of_tenants: bool) -> None:
        super().__init__("", is_endpoint=False)
        self.of_tenants = of_tenants

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        return (path, (), {}) if (tenancy.find_current() is not None) == self.of_tenants else None


def _mounted(site: ReadMostlySite, *, of_tenants: bool) -> URLResolver:
    urls, app_name, namespace = site.urls
    return URLResolver(HostPattern(of_tenants=of_tenants), urls, app_name=app_name, namespace=namespace)


urlpatterns: list[URLPattern | URLResolver] = [
    _mounted(tenant_site, of_tenants=True),
    _mounted(platform_site, of_tenants=False),
]
