"""Errors as RFC 9457 problem documents (`application/problem+json`), the same from every part of the platform."""

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf

from apps.core import errors
from apps.core.correlation import correlation_id

from .replies import encode

log = structlog.get_logger(__name__)


def problem(error: errors.DomainError) -> HttpResponse:
    """The response that tells a client of a refusal."""
    document: dict[str, object] = {
        "type": f"urn:parking:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "errors": [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors],
        "correlationId": correlation_id(),
        **error.facts,
    }
    response = HttpResponse(encode(document), status=error.status, content_type="application/problem+json")
    if error.retry_after_seconds is not None:
        response["Retry-After"] = str(error.retry_after_seconds)
    response.refusal = error  # type: ignore[attr-defined]  # for the audit trail, once all transactions are over
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="parking"'
    return response


def translate(exc: Exception) -> errors.DomainError | None:
    """The refusal that an exception of Django's, DRF's or the database's stands for; None for a bug of ours."""
    if isinstance(exc, errors.DomainError):
        return exc
    return _of_framework(exc)


def _of_framework(exc: Exception) -> errors.DomainError | None:
    match exc:
        case Http404() | drf.NotFound():
            return errors.NotFound("There is nothing at this address; see /api/docs/ for what there is.")
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(exc.detail))
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.Unauthenticated("Send an access token: Authorization: Bearer …; get one by POST auth/login.")
        case PermissionDenied() | drf.PermissionDenied():
            return errors.Forbidden("Your role does not permit this; ask an owner or admin of the tenant.")
        case RequestDataTooBig():
            return errors.TooLarge(f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KiB.")
        case SuspiciousOperation() | drf.ParseError() | drf.UnsupportedMediaType():
            return errors.Unreadable(str(exc))
        case OperationalError() | InterfaceError():
            return errors.Unavailable("The database cannot be reached; try again in a moment.")
    return None


class MethodNotAllowed(errors.DomainError):
    status, code, title = 405, "method_not_allowed", "This address does not take that method"


class Bug(errors.DomainError):
    """An error of ours: told without its innards, which are in the log under the correlation id."""

    status, code, title = 500, "internal_error", "Something went wrong on our side"


def problem_for(exc: Exception, request: HttpRequest) -> HttpResponse:
    """Any exception as a problem; what we did not foresee is logged with its traceback and told as a 500."""
    refusal = translate(exc)
    if refusal is None:
        log.error("unhandled_error", path=request.path, method=request.method, exc_info=exc)
        refusal = Bug("The error is recorded under the correlation id; nothing was changed.")
    return problem(refusal)
