"""/api/v1/auth/api-keys: machines' ways in. A secret is answered once, when it is made."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth import queries
from apps.auth.commands.api_keys import NewKey, ShownKey, create_api_key, revoke_api_key, rotate_api_key
from apps.auth.models import ApiKey
from apps.auth.places import known_locations
from apps.core import clock, tenancy
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import PageQuery, page_upwards
from apps.core.api.replies import no_content

from .access_bodies import ApiKeyAnswer, ApiKeyList, NewApiKey, Rotation, ShownApiKey, api_key_answer, read_rows


class ApiKeysView(ApiView):
    resource = "api-keys"
    keeps_answers = False  # its answer holds the secret

    @extend_schema(
        summary="The tenant's API keys, without their secrets",
        parameters=query_parameters(PageQuery),
        responses=documented(ApiKeyList, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        keys = queries.list_api_keys(tenant_id=tenancy.current().id)
        page, following = page_upwards(
            keys, read_query(request, PageQuery), order="api-keys", by={"name": str, "id": UUID}
        )
        return reply(ApiKeyList(items=_answers(page), next_cursor=following, total=keys.count()))

    @extend_schema(
        summary="Make an API key; its secret is shown this once",
        request=NewApiKey,
        responses={201: ShownApiKey, **documented(None, 400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> HttpResponse:
        """It may do no more than you may, at no more locations; and look after no members, roles or keys."""
        body = read_body(request, NewApiKey)
        new = NewKey(
            name=body.name,
            permissions=read_rows(body.permissions),
            locations=known_locations(body.locations),
            expires_at=body.expires_at,
        )
        return _shown(create_api_key(tenant_id=tenancy.current().id, new=new, actor=actor_of(request), at=clock.now()))


class ApiKeyView(ApiView):
    resource = "api-keys"

    @extend_schema(
        summary="Revoke an API key: it is refused from the next request on",
        responses={204: None, **documented(None, 401, 403, 404)},
    )
    def delete(self, request: Request, key_id: UUID) -> HttpResponse:
        revoke_api_key(tenant_id=tenancy.current().id, key_id=key_id, actor=actor_of(request), at=clock.now())
        return no_content()


class ApiKeyRotationView(ApiView):
    resource = "api-keys"
    keeps_answers = False

    @extend_schema(
        summary="Give an API key a new secret; the old one works for some hours more",
        request=Rotation,
        responses={201: ShownApiKey, **documented(None, 400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, key_id: UUID) -> HttpResponse:
        body = read_body(request, Rotation)
        return _shown(
            rotate_api_key(
                tenant_id=tenancy.current().id,
                key_id=key_id,
                overlap_hours=body.overlap_hours,
                actor=actor_of(request),
                at=clock.now(),
            )
        )


def _shown(shown: ShownKey) -> HttpResponse:
    (key,) = queries.list_api_keys(tenant_id=shown.key.tenant_id).filter(id=shown.key.id)
    (answer,) = _answers([key])
    return reply(ShownApiKey(api_key=answer, secret=shown.secret), 201, Cache_Control="no-store")


def _answers(keys: list[ApiKey]) -> list[ApiKeyAnswer]:
    makers = queries.active_members_among(tenant_id=tenancy.current().id, user_ids=[key.created_by_id for key in keys])
    return [api_key_answer(key, makers=makers) for key in keys]
