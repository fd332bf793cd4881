"""/api/v1/auth/sessions and auth/password: what a person looks after themselves."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.actors import sign_in_of
from apps.auth.commands.ending import end_own_sign_in
from apps.auth.commands.passwords import change_own_password
from apps.auth.live_sessions import list_open_sign_ins
from apps.auth.models import SignInSession
from apps.auth.page_sessions import public_in_sight
from apps.auth.security.addresses import address_of
from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import Page, PageQuery, page_upwards
from apps.core.api.replies import no_content

from .bodies import Password


class ChangePassword(Body, frozen=True, kw_only=True):
    """One's present password, and the one that is to hold from now on."""

    current_password: Password
    new_password: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class SignIn(Answer, frozen=True, kw_only=True):
    """A sign-in that has not ended. `kind` is `token` or `page`; times are UTC, `lastUsedAt` at most a minute behind.

    `address` and `client` are where it came from, as the client told; `current` marks the one that asks.
    """

    id: UUID
    kind: str
    tenant: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    client: str
    current: bool


class SignInPage(Page, frozen=True, kw_only=True):
    """A page of one's sign-ins, the oldest first."""

    items: tuple[SignIn, ...]


class SessionsView(ApiView):
    """One's own sign-ins, in all tenants."""

    @extend_schema(parameters=query_parameters(PageQuery), responses=documented(SignInPage, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """Where you are signed in."""
        query, actor = read_query(request, PageQuery), actor_of(request)
        with public_in_sight():
            open_ones = list_open_sign_ins(user_id=_id(actor), at=clock.now())
            page, more = page_upwards(open_ones, query, order="sign-ins:id", by={"id": UUID})
        items = tuple(_answer(one, current=one.id == actor.session_id) for one in page)
        return reply(SignInPage(items=items, next_cursor=more), Cache_Control="no-store")


class SessionView(ApiView):
    """One of one's own sign-ins."""

    @extend_schema(responses={204: None, **documented(None, 401, 403, 404)})
    def delete(self, request: Request, session_id: UUID) -> HttpResponse:
        """End it; its tokens and its cookie stop with the next request."""
        end_own_sign_in(session_id=session_id, user_id=_id(actor_of(request)), at=clock.now())
        return no_content()


class PasswordView(ApiView):
    """One's own password."""

    keeps_answers = False

    @extend_schema(request=ChangePassword, responses={204: None, **documented(None, 400, 401, 403, 422, 429)})
    def post(self, request: Request) -> HttpResponse:
        """Change it. All your other sign-ins end; the one that this comes from goes on.

        A wrong current password counts as a failed sign-in. The strictest rules of your tenants say how long the new
        one has to be.
        """
        body = read_body(request, ChangePassword)
        user = change_own_password(
            actor=actor_of(request),
            current=body.current_password,
            new=body.new_password,
            address=address_of(request._request),
            at=clock.now(),
        )
        if request.auth is None and sign_in_of(request._request) is not None:
            request._request.user = user  # where DRF has put the actor
            with public_in_sight():
                update_session_auth_hash(request._request, user)  # else the page's cookie would end too
        return no_content()


def _answer(session: SignInSession, *, current: bool) -> SignIn:
    tenant = tenancy.directory().by_id(session.tenant_id) if session.tenant_id else None
    return SignIn(
        id=session.id,
        kind=session.kind,
        tenant=tenant.slug if tenant else None,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        address=session.address,
        client=session.client,
        current=current,
    )


def _id(actor: Actor) -> UUID:
    assert actor.id is not None, "keys are refused before, and the platform sends no requests"
    return actor.id
