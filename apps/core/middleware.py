"""The outermost edge of a request: correlation id, access log and metrics, tenant by host."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from . import tenancy
from .api.fallbacks import not_found
from .api.problems import problem_for
from .audit.origin import serve
from .audit.refusals import STATUSES as AUDITED
from .audit.refusals import note_refusal
from .correlation import HEADER, begin
from .errors import NotFound, TooLarge, Unreadable
from .request_records import record_request
from .security_headers import add_security_headers

GetResponse = Callable[[HttpRequest], HttpResponse]
PROBES = ("/health", "/ready", "/metrics")  # asked by address, not by name
QUIET = ("/health", "/ready", "/metrics", "/static/")


class UnknownHost(NotFound):
    code, title = "unknown_host", "No operator is served under this host name"


class EdgeMiddleware:
    """Gives each request its correlation id, and has it recorded when it is answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        correlation = begin(request.META.get("HTTP_X_CORRELATION_ID"))
        if request.path_info.startswith("/api/v1/"):
            request.path_info = request.path_info.rstrip("/")  # a trailing slash names the same call
        serve(request)
        try:
            response = _too_large(request) or self.get_response(request)
        finally:
            serve(None)
        if response.status_code in AUDITED:
            note_refusal(request, response)
        add_security_headers(request, response)
        response[HEADER] = correlation
        if not request.path.startswith(QUIET):
            record_request(request, response, seconds=time.perf_counter() - started, correlation_id=correlation)
        return response


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a body that is declared as larger than any of ours: Django writes a form's files to disk."""
    declared, limit = request.META.get("CONTENT_LENGTH") or "0", settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not declared.isdecimal() or int(declared[:20]) <= limit:
        return None
    return problem_for(TooLarge(f"Send at most {limit // 1024} KiB."), request)


class TenantMiddleware:
    """Enters the tenant that the host name stands for; on the platform's own host, none.

    An unknown host is told so and gets nothing else. Whether a token's tenant agrees with the host is the matter of
    the authenticator (`apps.auth.api.authentication`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in PROBES:  # alive is alive, whatever the host is called and the database does
            return self.get_response(request)
        try:
            host = request.get_host().rsplit(":", 1)[0].lower()
            tenant = tenancy.directory().by_host(host)
        except DisallowedHost:
            return problem_for(Unreadable("This host name is not served here."), request)
        except (OperationalError, InterfaceError) as error:
            return problem_for(error, request)
        request.tenant = tenant  # type: ignore[attr-defined]
        if tenant is None:
            if host in settings.PLATFORM_HOSTS:
                return self.get_response(request)
            return not_found(request, UnknownHost(f"No operator is served under the name {host[:100]}."))
        with tenancy.enter(tenant), bound_contextvars(tenant=tenant.slug):
            return self.get_response(request)
