"""/api/v1/auth/login, refresh, logout and switch-tenant: how a token pair is got, renewed and given up."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.commands.ending import sign_out
from apps.auth.commands.refreshing import refresh
from apps.auth.commands.sign_in import sign_in
from apps.auth.commands.switching import switch_tenant
from apps.auth.mfa.checking import Proof
from apps.auth.origin import origin_of
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented
from apps.core.api.replies import no_content

from . import bodies
from .answers import SignedInAnswer, TokensAnswer, signed_in_answer, tokens_answer
from .passkey_bodies import given_assertion


class WithoutToken(ApiView):
    """A call whose body proves who sends it."""

    authentication_classes = []
    permission_classes = []
    keeps_answers = False


class LoginView(WithoutToken):
    """Sign in."""

    @extend_schema(request=bodies.Login, responses=documented(SignedInAnswer, 400, 401, 403, 422, 429), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Sign in with e-mail address and password.

        The tenant is that of the host name, else the one named, else the first by name of those that you are a member
        of; `memberships` lists them all. After `maxLoginAttempts` failures for an account from one address: 429, for
        up to `lockoutMinutes` (`GET rules/business-rules`). An account with a second factor needs `mfaCode`, that of
        its app or a recovery code, or `passkey`, else 401 `mfa_required`. That problem's member `passkey` then has what
        a passkey of the account at this host is to sign. Wrong ones are counted as well.
        """
        body = read_body(request, bodies.Login)
        signed_in = sign_in(
            email=body.email,
            password=body.password,
            tenant_slug=body.tenant,
            host_tenant=tenancy.find_current(),
            origin=origin_of(request._request),
            at=clock.now(),
            proof=Proof(code=body.mfa_code, passkey=given_assertion(body.passkey)),
        )
        return reply(signed_in_answer(signed_in), Cache_Control="no-store")


class RefreshView(WithoutToken):
    """Renew the pair."""

    @extend_schema(request=bodies.Refresh, responses=documented(TokensAnswer, 400, 401, 403, 422), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Change a refresh token for a new pair.

        Each refresh token is good once. One that is used again ends the sign-in, whoever holds its newest pair: so
        refresh from one place at a time. Send an `Idempotency-Key` that only you know: should the answer get lost, the
        same call with the same key gives the same pair again for a minute.
        """
        body = read_body(request, bodies.Refresh)
        pair = refresh(
            refresh_token=body.refresh_token,
            host_tenant=tenancy.find_current(),
            at=clock.now(),
            address=address_of(request._request),
            retry_key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
        )
        return reply(tokens_answer(pair), Cache_Control="no-store")


class LogoutView(WithoutToken):
    """Sign out."""

    @extend_schema(request=bodies.Logout, responses={204: None, **documented(None, 400, 401, 403, 422)}, auth=[])
    def post(self, request: Request) -> HttpResponse:
        """End the sign-in that a refresh token belongs to; its access tokens stop working at once."""
        body = read_body(request, bodies.Logout)
        sign_out(refresh_token=body.refresh_token, host_tenant=tenancy.find_current(), at=clock.now())
        return no_content()


class SwitchTenantView(ApiView):
    """Move to another tenant."""

    keeps_answers = False

    @extend_schema(request=bodies.SwitchTenant, responses=documented(SignedInAnswer, 400, 401, 403, 422))
    def post(self, request: Request) -> HttpResponse:
        """Sign in to another of your tenants; the present sign-in ends.

        The new tokens work at the other tenant's host name and at the platform's.
        """
        body = read_body(request, bodies.SwitchTenant)
        signed_in = switch_tenant(
            actor=actor_of(request), tenant_slug=body.tenant, origin=origin_of(request._request), at=clock.now()
        )
        return reply(signed_in_answer(signed_in), Cache_Control="no-store")
