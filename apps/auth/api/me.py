"""/api/v1/auth/me and permissions/check: who asks, and what they may do."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth import queries
from apps.auth.roles import READ, may
from apps.core.api import ApiView, read_query, reply
from apps.core.api.openapi import documented, query_parameters

from .answers import AllowedAnswer, MeAnswer, membership_answers, permission_answers, tenant_answer, user_answer
from .bodies import CheckPermission
from .permissions import NotPermitted


class MeView(ApiView):
    """The one who asks."""

    @extend_schema(responses=documented(MeAnswer, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """You, your memberships, and what your role permits in the present tenant."""
        actor = request.user
        memberships = queries.list_memberships(user_id=actor.id)
        present = next((one.tenant for one in memberships if one.tenant_id == actor.tenant_id), None)
        answer = MeAnswer(
            user=user_answer(queries.get_user(user_id=actor.id)),
            tenant=tenant_answer(present) if present else None,
            role=actor.role or None,
            permissions=permission_answers(actor.role),
            memberships=membership_answers(memberships),
        )
        return reply(answer, Cache_Control="no-store")


class PermissionCheckView(ApiView):
    """One question to the permission table."""

    @extend_schema(parameters=query_parameters(CheckPermission), responses=documented(AllowedAnswer, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """Whether you, or another member, may do something in the present tenant. What is not known is not permitted."""
        query = read_query(request, CheckPermission)
        actor = request.user
        asked = query.user_id or actor.id
        if asked != actor.id and not may(actor.role, "members", READ):
            raise NotPermitted(f"The role {actor.role or 'of nobody'} may not ask about others.")
        allowed = queries.is_permitted(actor=actor, user_id=asked, resource=query.resource, action=query.action)
        return reply(AllowedAnswer(allowed=allowed))
