"""All routes. `SERVICES=parking,billing` mounts only those contexts, so that each can be deployed by itself."""

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import config.celery  # noqa: F401  # so that what a view queues goes to our broker
from apps.auth.signing.views import jwks
from apps.core.api.problems import problem_for
from apps.core.errors import NotFound
from apps.core.ops import views as ops
from config import env

CONTEXTS = {
    "auth": "apps.auth.api.urls",
    "rules": "apps.rules.api.urls",
    "parking": "apps.parking.api.urls",
    "billing": "apps.billing.api.urls",
    "reports": "apps.reports.api.urls",
}
PAGES = {
    "auth": "apps.auth.urls_pages",
    "parking": "apps.parking.urls_pages",
    "billing": "apps.billing.urls_pages",
}


def _mounted() -> list[str]:
    wanted = env.words("SERVICES") or list(CONTEXTS)
    for name in wanted:
        if name not in CONTEXTS:
            raise ImproperlyConfigured(f"SERVICES names {name!r}; there are {', '.join(CONTEXTS)}.")
    return wanted


def _no_such_call(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problem_for(NotFound("There is no such call; see /api/docs/ for what there is."), request)


def _pages() -> list[URLPattern | URLResolver]:
    return [path("", include(PAGES[name])) for name in _mounted() if name in PAGES]


urlpatterns: list[URLPattern | URLResolver] = [
    path("health", ops.health),
    path("ready", ops.ready),
    path("metrics", ops.metrics),
    path(".well-known/jwks.json", jwks, name="jwks"),
    re_path("^api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path("^api/docs/?$", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    *(path(f"api/v1/{name}/", include(CONTEXTS[name])) for name in _mounted()),
    path("api/v1/", include("apps.core.api.events_urls")),  # the kernel's own, whichever contexts are mounted
    re_path(r"^api/(?P<rest>.*)$", _no_such_call),
    path("admin/", include("config.admin_urls")),
    *_pages(),
]

handler404 = "apps.core.api.fallbacks.not_found"
handler500 = "apps.core.api.fallbacks.server_error"
handler403 = "apps.core.api.fallbacks.forbidden"
handler400 = "apps.core.api.fallbacks.bad_request"
