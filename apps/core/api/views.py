"""The base of every API view: authentication and permissions by DRF, refusals as problems, repeats answered once."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core import reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import DomainError, NotFound

from . import idempotency
from .limits import hold_to_limits
from .problems import problem_for


class ApiView(APIView):
    """A DRF view whose handlers answer by `reply()` and refuse by raising.

    `resource` names what the view is about in the permission table of `apps.auth`; `actions` maps a method to its
    action there where that is not the usual one. A view without a resource is about the person who asks.
    """

    resource: str = ""
    actions: dict[str, str] = {}
    keeps_answers = True  # False where an answer holds secrets, which must not be stored for a repeat

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # DRF's, less the negotiation of a renderer (there is only JSON), and with idempotency around the handler
        method = (request.method or "").lower()
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = Request(request, authenticators=self.get_authenticators())
        try:
            handler = getattr(self, method, self.http_method_not_allowed)
            if method not in self.http_method_names:
                handler = self.http_method_not_allowed
            actor = _sender(self.request)
            with _tenant_of(actor), reach.narrowed_to(getattr(actor, "locations", None)):
                self.check_permissions(self.request)
                if "\0" in request.path_info:
                    raise NotFound("No address holds a NUL character.")
                if method == "post" and self.keeps_answers and idempotency.HEADER in request.META:
                    return idempotency.answer_once(self.request, lambda: handler(self.request, *args, **kwargs))
                return handler(self.request, *args, **kwargs)
        except Exception as error:  # the edge: whatever it is becomes a problem document
            response = problem_for(error, request)
            if response.status_code == 405:
                response["Allow"] = ", ".join(self.allowed_methods)
            return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Which methods there are. DRF's own answer describes serializers, of which there are none here."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


def _sender(request: Request) -> Any:
    """Who sends it, within the limits; whoever cannot be told is held to those of the address."""
    try:
        actor = request.user
    except DomainError:
        hold_to_limits(None, request._request)
        raise
    hold_to_limits(cast("Actor | None", actor), request._request)
    return actor


def _tenant_of(actor: Any) -> AbstractContextManager[Any]:
    """Enter the actor's tenant as it is now; that it is the one of the host the authenticator has seen to.

    Where the host named it, it is entered already, but perhaps as it was before it was suspended.
    """
    tenant_id = getattr(actor, "tenant_id", None)
    if tenant_id is None:
        return nullcontext()
    tenant = tenancy.directory().by_id(tenant_id)
    return nullcontext() if tenant is None or tenant == tenancy.find_current() else tenancy.enter(tenant)
