"""/api/v1/auth/me and permissions/check: who asks, and what they may do."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth import queries
from apps.auth.roles import READ
from apps.auth.standing import has_permission, permissions_of
from apps.core.actor import Actor
from apps.core.api import ApiView, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters

from .access_bodies import rows_of
from .answers import AllowedAnswer, MeAnswer, membership_answers, tenant_answer, user_answer
from .bodies import CheckPermission
from .permissions import NotPermitted


class MeView(ApiView):
    """The one who asks."""

    @extend_schema(responses=documented(MeAnswer, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """You, your memberships, and what you may do in the present tenant; `locations` null means everywhere."""
        actor, user_id = _person(request)
        memberships = queries.list_memberships(user_id=user_id)
        present = next((one.tenant for one in memberships if one.tenant_id == actor.tenant_id), None)
        answer = MeAnswer(
            user=user_answer(queries.get_user(user_id=user_id)),
            tenant=tenant_answer(present) if present else None,
            role=actor.role or None,
            permissions=rows_of(permissions_of(actor)),
            locations=None if actor.locations is None else sorted(actor.locations),
            memberships=membership_answers(memberships),
        )
        return reply(answer, Cache_Control="no-store")


class PermissionCheckView(ApiView):
    """One question to the permission table."""

    @extend_schema(parameters=query_parameters(CheckPermission), responses=documented(AllowedAnswer, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """Whether you, or another member, may do something in the present tenant; what is unknown is not permitted."""
        query = read_query(request, CheckPermission)
        actor, user_id = _person(request)
        asked = query.user_id or user_id
        if asked != user_id and not has_permission(actor=actor, resource="members", action=READ):
            raise NotPermitted(f"The role {actor.role or 'of nobody'} may not ask about others.")
        allowed = queries.is_permitted(actor=actor, user_id=asked, resource=query.resource, action=query.action)
        return reply(AllowedAnswer(allowed=allowed))


def _person(request: Request) -> tuple[Actor, UUID]:
    """Who asks, and the id of the user."""
    actor = actor_of(request)
    assert actor.id is not None, "only the platform itself has no id, and it sends no requests"
    return actor, actor.id
