"""/api/v1/rules/business-rules: what an operator has decided, of which security rules are the first part."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.auth.public import (
    MOST_IP_RANGES,
    SecurityRules,
    VersionedRules,
    address_of,
    change_security_rules,
    get_security_rules,
    list_security_rule_changes,
)
from apps.core import clock, tenancy
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag, read_if_match
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import Page, PageQuery, decode_cursor, encode_cursor
from apps.core.errors import DomainError

_ORDER = "business-rules:-version"
Range = Annotated[str, msgspec.Meta(min_length=1, max_length=49)]


class IfMatchMissing(DomainError):
    status, code, title = 428, "if_match_required", "Say which version you have read"


class ChangeSecurity(Body, frozen=True, kw_only=True):
    """The rules to change; one that is left out stays as it is. Ranges are CIDR, of IPv4 and IPv6."""

    session_timeout_minutes: int | msgspec.UnsetType = msgspec.UNSET
    max_login_attempts: int | msgspec.UnsetType = msgspec.UNSET
    lockout_minutes: int | msgspec.UnsetType = msgspec.UNSET
    allowed_ip_ranges: Annotated[list[Range], msgspec.Meta(max_length=MOST_IP_RANGES)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    require_mfa: bool | msgspec.UnsetType = msgspec.UNSET
    password_min_length: int | msgspec.UnsetType = msgspec.UNSET

    def changes(self) -> dict[str, Any]:
        """The new values by the rules' names."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
            if value is not msgspec.UNSET
        }


class ChangeBusinessRules(Body, frozen=True, kw_only=True):
    """`confirmLockout` allows ranges that leave out the address that the change is sent from."""

    security: ChangeSecurity
    confirm_lockout: bool = False


class BusinessRules(Answer, frozen=True, kw_only=True):
    """The rules that hold; `version` counts the changes and is the ETag."""

    security: SecurityRules
    version: int


class ChangedBy(Answer, frozen=True, kw_only=True):
    """Who changed them."""

    id: UUID | None
    kind: str
    name: str


class BusinessRulesChange(Answer, frozen=True, kw_only=True):
    """One change: the security rules before and after it. `changedAt` is UTC."""

    version: int
    changed_at: datetime
    changed_by: ChangedBy
    before: dict[str, Any]
    after: dict[str, Any]


class BusinessRulesHistory(Page, frozen=True, kw_only=True):
    """A page of changes, the newest first."""

    items: tuple[BusinessRulesChange, ...]


class BusinessRulesView(ApiView):
    """The rules of the present tenant."""

    resource = "rules"

    @extend_schema(responses=documented(BusinessRules, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """What holds now."""
        return _answer(get_security_rules(tenant_id=tenancy.current().id))

    @extend_schema(request=ChangeBusinessRules, responses=documented(BusinessRules, 400, 401, 403, 409, 412, 422, 428))
    def patch(self, request: Request) -> HttpResponse:
        """Change some rules; they count from the next request on. Refused without If-Match (428).

        Ranges that leave out the address that this comes from are refused (409) unless `confirmLockout` is true.
        """
        if "HTTP_IF_MATCH" not in request.META:
            raise IfMatchMissing("Read the rules, and send their ETag as If-Match.")
        expected = read_if_match(request)
        body = read_body(request, ChangeBusinessRules)
        changed = change_security_rules(
            tenant_id=tenancy.current().id,
            changes=body.security.changes(),
            expected_version=expected,
            actor=actor_of(request),
            address=address_of(request._request),
            confirmed=body.confirm_lockout,
            at=clock.now(),
        )
        return _answer(changed)


class BusinessRulesHistoryView(ApiView):
    """What became of the rules."""

    resource = "rules"

    @extend_schema(parameters=query_parameters(PageQuery), responses=documented(BusinessRulesHistory, 401, 403, 422))
    def get(self, request: Request) -> HttpResponse:
        """Who changed what and when, the newest first."""
        query = read_query(request, PageQuery)
        changes = list_security_rule_changes(tenant_id=tenancy.current().id)
        if query.cursor:
            (last,) = decode_cursor(query.cursor, _ORDER, (int,))
            changes = changes.filter(version__lt=last)
        found = list(changes[: query.page_size + 1])
        shown = found[: query.page_size]
        more = encode_cursor(_ORDER, [shown[-1].version]) if len(found) > len(shown) else None
        items = tuple(
            BusinessRulesChange(
                version=one.version,
                changed_at=one.changed_at,
                changed_by=ChangedBy(id=one.actor_id, kind=one.actor_kind, name=one.actor_name),
                before=one.before,
                after=one.after,
            )
            for one in shown
        )
        return reply(BusinessRulesHistory(items=items, next_cursor=more))


def _answer(found: VersionedRules) -> HttpResponse:
    return reply(BusinessRules(security=found.rules, version=found.version), ETag=etag(found.version))
