"""Two admin sites under one address: the platform's on its own host, the tenant's on a tenant's host.

Who may enter is asked of our permission table, for users have no Django permissions. There is no sign-in form here
and no log: people sign in at our page, and commands leave events.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from apps.core import reach, tenancy
from apps.core.actor import Actor

from .access import access

View = Callable[..., HttpResponseBase]
# Passwords are the matter of identity's commands, and nothing here has a page of its own to be viewed on.
LEFT_OUT = {"password_change", "password_change_done", "view_on_site"}
APPS_IN_ORDER = ("parking", "billing", "identity", "core", "core_shared")


def actor_of(request: HttpRequest) -> Actor | None:
    """Who uses the admin by their page's session; looked up once for each request."""
    if not hasattr(request, "admin_actor"):
        request.admin_actor = access().actor(request)  # type: ignore[attr-defined]
    return request.admin_actor  # type: ignore[attr-defined,no-any-return]


class ReadMostlySite(UnfoldAdminSite):  # type: ignore[misc]  # unfold is not typed
    """What the two sites share."""

    enable_nav_sidebar = True
    # django-tenants puts templates of its own in the place of unfold's
    index_template = app_index_template = "admin/start.html"

    def admits(self, actor: Actor) -> bool:
        """Whether this person may enter the site at all."""
        raise NotImplementedError

    def has_permission(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return actor is not None and self.admits(actor)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send a stranger to our sign-in page. Raises PermissionDenied for a person who may not enter."""
        self.require_host(request)
        if actor_of(request) is not None and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", "/admin/"), settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """End the session, by POST alone."""
        if request.method != "POST":
            raise Http404
        access().sign_out(request)
        return HttpResponseRedirect(settings.LOGIN_URL)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(view, cacheable)

        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            self.require_host(request)
            actor = actor_of(request)
            with reach.narrowed_to(actor.locations if actor else None):
                return self.inside(lambda: guarded(request, *args, **kwargs))

        entered.csrf_exempt = True  # type: ignore[attr-defined]  # `guarded` protects itself
        return entered

    def require_host(self, request: HttpRequest) -> None:
        """Raise Http404 on a host that is not this site's."""

    def inside(self, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """Make the answer, to its last byte, where this site's tables are."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in LEFT_OUT]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = self._build_app_dict(request, app_label).values()
        return sorted(apps, key=lambda app: APPS_IN_ORDER.index(app["app_label"]))


def _rendered(answer: HttpResponseBase) -> HttpResponseBase:
    """Template responses are rendered by Django after the view, which would be outside of what was entered for it."""
    render = getattr(answer, "render", None)
    return render() if callable(render) else answer


class PlatformSite(ReadMostlySite):
    """Tenants, people and what the platform has in hand; for platform administrators, on the platform's host."""

    index_title = "The installation"

    def admits(self, actor: Actor) -> bool:
        return actor.is_platform_admin and actor.tenant_id is None

    def require_host(self, request: HttpRequest) -> None:
        if request.get_host().rsplit(":", 1)[0].lower() not in settings.PLATFORM_HOSTS:
            raise Http404

    def inside(self, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        with tenancy.public():
            return _rendered(answer())


class TenantSite(ReadMostlySite):
    """One tenant's tables, as the host name says; for members whose role has them. Times are its own."""

    index_title = "The yard's records"

    def admits(self, actor: Actor) -> bool:
        return actor.tenant_id is not None and access().may(actor, "admin", "read")

    def inside(self, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        with timezone.override(ZoneInfo(tenancy.current().timezone)):
            return _rendered(answer())


platform_site = PlatformSite(name="platform")
tenant_site = TenantSite(name="tenant")
