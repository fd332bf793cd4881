"""/api/v1/auth/oauth and auth/identities: signing in with a provider, for front-ends; one's links."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.mfa.checking import Proof
from apps.auth.origin import origin_of, site_of
from apps.auth.providers.configured import offered
from apps.auth.providers.flows import begin_for_front_end
from apps.auth.providers.persons import list_links, unlink
from apps.auth.providers.signing_in import sign_in_by_code
from apps.auth.tenant_choice import agreed_slug
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.replies import no_content

from .answers import SignedInAnswer, signed_in_answer
from .bodies import Code, Slug, Token
from .passkey_bodies import GivenAssertion, given_assertion
from .sessions import WithoutToken

Challenge = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
Verifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{43,128}\Z")]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Authorize(Body, frozen=True, kw_only=True):
    """`codeChallenge` is the S256 challenge (RFC 7636) of a verifier that only you know; `returnTo` where the browser
    shall end, at this host or an origin of CORS_ALLOWED_ORIGINS; `invitation` the token of one to accept."""

    code_challenge: Challenge
    return_to: Address
    tenant: Slug | None = None
    invitation: Token | None = None


class Exchange(Body, frozen=True, kw_only=True):
    """The `code` that stood behind the `#`, and the verifier of the challenge that was given at the beginning."""

    code: Token
    code_verifier: Verifier
    mfa_code: Code | None = None
    passkey: GivenAssertion | None = None


class ProviderAnswer(Answer, frozen=True, kw_only=True):
    """A provider that is offered here: `provider` as in paths, `title` for a button."""

    provider: str
    title: str


class ProviderList(Answer, frozen=True, kw_only=True):
    """Those that this installation is registered with; none where `items` is empty."""

    items: list[ProviderAnswer]


class AuthorizeAnswer(Answer, frozen=True, kw_only=True):
    """Where to send the browser, which may come back until `expiresAt`."""

    authorize_url: str
    expires_at: datetime


class IdentityAnswer(Answer, frozen=True, kw_only=True):
    """An account at a provider that signs in as you; `email` is what it was called when it was linked."""

    id: UUID
    provider: str
    email: str
    linked_at: datetime
    last_used_at: datetime


class IdentityList(Answer, frozen=True, kw_only=True):
    """One's own, one for each provider at most."""

    items: list[IdentityAnswer]


class ProvidersView(WithoutToken):
    """The providers there are."""

    @extend_schema(responses=documented(ProviderList), auth=[])
    def get(self, request: Request) -> HttpResponse:
        """With which providers people can sign in here."""
        return reply(ProviderList(items=[ProviderAnswer(provider=one.name, title=one.title) for one in offered()]))


class AuthorizeView(WithoutToken):
    """Begin with a provider."""

    @extend_schema(
        parameters=query_parameters(Authorize), responses=documented(AuthorizeAnswer, 403, 404, 422), auth=[]
    )
    def get(self, request: Request, provider: str) -> HttpResponse:
        """Ask where to send the browser.

        It comes back to `returnTo` with `#code=…`, for `POST auth/oauth/exchange`, or `#error=…`: `sign_in_cancelled`,
        `email_unverified`, `not_a_member`, `linked_elsewhere`, `identity_invalid`, `provider_unavailable`, …
        """
        query = read_query(request, Authorize)
        begun = begin_for_front_end(
            provider=provider,
            origin=site_of(request._request),
            tenant=agreed_slug(asked=query.tenant, host=tenancy.find_current()),
            challenge=query.code_challenge,
            return_to=query.return_to,
            invitation=query.invitation or "",
            at=clock.now(),
        )
        return reply(AuthorizeAnswer(authorize_url=begun.url, expires_at=begun.expires_at), Cache_Control="no-store")


class ExchangeView(WithoutToken):
    """End with a provider."""

    @extend_schema(request=Exchange, responses=documented(SignedInAnswer, 400, 401, 403, 409, 422, 429), auth=[])
    def post(self, request: Request) -> HttpResponse:
        """Change the code, good once and for five minutes, for a pair of tokens.

        An account with a second factor needs `mfaCode`, else 401 `mfa_required`: the code is still good then.
        """
        body = read_body(request, Exchange)
        signed_in = sign_in_by_code(
            code=body.code,
            verifier=body.code_verifier,
            proof=Proof(code=body.mfa_code, passkey=given_assertion(body.passkey)),
            host_tenant=tenancy.find_current(),
            origin=origin_of(request._request),
            at=clock.now(),
        )
        return reply(signed_in_answer(signed_in), Cache_Control="no-store")


class IdentitiesView(ApiView):
    """One's links."""

    @extend_schema(responses=documented(IdentityList, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """The accounts at providers that sign in as you."""
        actor = actor_of(request)
        assert actor.id is not None, "keys are refused before"
        rows = [
            IdentityAnswer(
                id=one.id, provider=one.provider, email=one.email, linked_at=one.linked_at,
                last_used_at=one.last_used_at,
            )
            for one in list_links(user_id=actor.id)
        ]  # fmt: skip
        return reply(IdentityList(items=rows), Cache_Control="no-store")


class IdentityView(ApiView):
    """One of one's links."""

    @extend_schema(responses={204: None, **documented(None, 401, 403, 404)})
    def delete(self, request: Request, identity_id: UUID) -> HttpResponse:
        """Take it away: that account signs in no more. Your other sign-ins end."""
        unlink(identity_id=identity_id, actor=actor_of(request), at=clock.now())
        return no_content()
