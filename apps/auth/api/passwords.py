"""/api/v1/auth/password/reset: a new password by a link in an e-mail."""

from typing import Annotated

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.commands.password_reset import count_request, reset_password
from apps.auth.mail.tasks import mail_password_reset
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.api import Body, read_body
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content

from .bodies import Email, Token
from .sessions import WithoutToken

RESET_PAGE = "/reset-password/"


class AskForReset(Body, frozen=True, kw_only=True):
    """The account's e-mail address."""

    email: Email


class ConfirmReset(Body, frozen=True, kw_only=True):
    """What the link in the e-mail carries as `token`, and the password that is to hold from now on."""

    token: Token
    new_password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class PasswordResetView(WithoutToken):
    """Ask for a link."""

    @extend_schema(request=AskForReset, responses={202: None, **documented(None, 400, 422, 429)}, auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Have a link sent that is good once, for an hour. The answer is the same whether the account exists or not."""
        body = read_body(request, AskForReset)
        count_request(email=body.email, address=address_of(request._request))
        tenant = tenancy.find_current()
        page = request._request.build_absolute_uri(RESET_PAGE)
        mail_password_reset.delay(body.email, page, tenant.name if tenant else "Parking")
        return HttpResponse(status=202)


class PasswordResetConfirmView(WithoutToken):
    """Use the link."""

    @extend_schema(request=ConfirmReset, responses={204: None, **documented(None, 400, 403, 422)}, auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Set the new password; all sign-ins end. A second factor is still asked for."""
        body = read_body(request, ConfirmReset)
        reset_password(token=body.token, new=body.new_password, at=clock.now())
        return no_content()
