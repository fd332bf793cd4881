"""/api/v1/billing/payment-rules: which ways to pay are offered, and how long a vehicle may stay after it has paid."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from apps.billing.commands.payment_rules import PaymentRuleChanges, change_payment_rules
from apps.billing.payment_rules import find_rules, get_governing_rules
from apps.core import clock
from apps.core.api import Answer, ApiView, Body, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented, query_parameters

from .payment_bodies import MethodName
from .versions import require_if_match


class OfLocation(Body, frozen=True, kw_only=True):
    """Whose rules: a location's, or those of all without their own."""

    location_id: UUID | None = None


class ChangePaymentRules(Body, frozen=True, kw_only=True):
    """What to change; null leaves it to the rules of all locations, and there to the platform's usual ones."""

    payment_methods: Annotated[tuple[MethodName, ...], Meta(max_length=5)] | None | UnsetType = UNSET
    exit_grace_minutes: int | None | UnsetType = UNSET


class PaymentRulesAnswer(Answer, frozen=True, kw_only=True):
    """The rules that hold there; `own` are what is decided for this place itself. `version` is the ETag."""

    location_id: UUID | None
    payment_methods: tuple[str, ...]
    exit_grace_minutes: int
    own: tuple[str, ...]
    version: int


class PaymentRulesView(ApiView):
    """The rules of all locations, or of one."""

    resource = "rules"

    @extend_schema(
        parameters=query_parameters(OfLocation), responses=documented(PaymentRulesAnswer, 401, 403, 404, 422)
    )
    def get(self, request: Request) -> HttpResponse:
        """What holds."""
        return _answer(read_query(request, OfLocation).location_id)

    @extend_schema(
        parameters=query_parameters(OfLocation),
        request=ChangePaymentRules,
        responses=documented(PaymentRulesAnswer, 400, 401, 403, 404, 412, 422, 428),
    )
    def patch(self, request: Request) -> HttpResponse:
        """Change some rules; they hold from the next payment on. Refused without If-Match (428)."""
        expected = require_if_match(request)
        location_id = read_query(request, OfLocation).location_id
        body = read_body(request, ChangePaymentRules)
        change_payment_rules(
            location_id=location_id,
            changes=PaymentRuleChanges(methods=body.payment_methods, exit_grace_minutes=body.exit_grace_minutes),
            expected_version=expected,
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(location_id)


def _answer(location_id: UUID | None) -> HttpResponse:
    governing, own = get_governing_rules(location_id), find_rules(location_id)
    decided = {"paymentMethods": own.methods, "exitGraceMinutes": own.exit_grace_minutes} if own else {}
    version = own.version if own else 0
    answer = PaymentRulesAnswer(
        location_id=location_id,
        payment_methods=governing.methods,
        exit_grace_minutes=governing.exit_grace_minutes,
        own=tuple([name for name, value in decided.items() if value is not None]),
        version=version,
    )
    return reply(answer, ETag=etag(version))
