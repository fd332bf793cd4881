"""/api/v1/auth/me/email: another e-mail address of one's own."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.commands.email_change import ask_for_email, change_email
from apps.auth.mail.telling import mail_changed_address, mail_new_address
from apps.auth.mfa.checking import Proof
from apps.auth.origin import origin_of
from apps.core import clock
from apps.core.api import ApiView, Body, read_body
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content

from .bodies import Code, Email, Password, Token
from .passkey_bodies import GivenAssertion, given_assertion


class NewEmail(Body, frozen=True, kw_only=True):
    """The new address, one's password and, where one has a second factor, a code of it or what a passkey signed."""

    new_email: Email
    password: Password
    mfa_code: Code | None = None
    passkey: GivenAssertion | None = None


class ConfirmEmail(Body, frozen=True, kw_only=True):
    """What the link in the e-mail carries as `token`."""

    token: Token


class OwnEmailView(ApiView):
    """Ask for another address."""

    keeps_answers = False

    @extend_schema(request=NewEmail, responses={202: None, **documented(None, 400, 401, 403, 422, 429)})
    def post(self, request: Request) -> HttpResponse:
        """Have a link sent to the new address, good once and for an hour. The answer is the same whoever has it."""
        body, actor = read_body(request, NewEmail), actor_of(request)
        email = ask_for_email(
            email=body.new_email,
            password=body.password,
            proof=Proof(code=body.mfa_code, passkey=given_assertion(body.passkey)),
            actor=actor,
            origin=origin_of(request._request),
            at=clock.now(),
        )
        mail_new_address(request._request, actor, email)
        return HttpResponse(status=202)


class OwnEmailConfirmView(ApiView):
    """Use the link."""

    keeps_answers = False

    @extend_schema(request=ConfirmEmail, responses={204: None, **documented(None, 400, 401, 403, 409, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Have the new address count, signed in as who asked for it. Your other sign-ins end; the old one is told."""
        body, actor = read_body(request, ConfirmEmail), actor_of(request)
        mail_changed_address(actor, old=change_email(token=body.token, actor=actor, at=clock.now()))
        return no_content()
