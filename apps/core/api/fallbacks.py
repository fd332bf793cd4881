"""Django's error handlers: a problem document for API clients, a page for people."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import is_valid_path

from apps.core import errors

from .problems import Bug, problem


def _wants_page(request: HttpRequest) -> bool:
    return not request.path.startswith("/api/") and request.accepts("text/html")


def _answer(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    if _wants_page(request):
        page = render(request, f"{error.status}.html", status=error.status)
        page.refusal = error  # type: ignore[attr-defined]
        return page
    return problem(error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, errors.NotFound):
        return _answer(request, exception)
    if request.method in ("GET", "HEAD") and request.path[-1] != "/" and is_valid_path(f"{request.path_info}/"):
        return HttpResponsePermanentRedirect(f"{request.path}/")
    return _answer(request, errors.NotFound("There is nothing at this address."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, errors.Forbidden())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, errors.Unreadable())


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, Bug("The error is recorded under the correlation id."))
