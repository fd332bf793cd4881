"""/api/v1/billing/stays/{entryId}: what is told of a stay, and lent to it, before it ends."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.code_uses import take_code_back, use_code
from apps.billing.commands.stay_facts import tell_facts
from apps.core import clock
from apps.core.api import ApiView, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.openapi import documented

from .lender_bodies import GiveCode, StayFactsAnswer, TellFacts


class StayFactsView(ApiView):
    """The facts of one stay."""

    resource = "entries"

    @extend_schema(request=TellFacts, responses=documented(StayFactsAnswer, 400, 401, 403, 404, 409, 422))
    def put(self, request: Request, entry_id: UUID) -> HttpResponse:
        """Tell what its price list asks for; the others that were told stay."""
        body = read_body(request, TellFacts)
        known = tell_facts(stay_id=entry_id, facts=body.facts, actor=actor_of(request), at=clock.now())
        return reply(StayFactsAnswer(entry_id=entry_id, facts=known))


class StayCodesView(ApiView):
    """The discount codes of one stay."""

    resource = "entries"

    @extend_schema(request=GiveCode, responses={201: StayFactsAnswer, **documented(None, 400, 401, 403, 404, 409, 422)})
    def post(self, request: Request, entry_id: UUID) -> HttpResponse:
        """Give a code for it."""
        body = read_body(request, GiveCode)
        known = use_code(stay_id=entry_id, code=body.code, actor=actor_of(request), at=clock.now())
        return reply(StayFactsAnswer(entry_id=entry_id, facts=known), 201)


class StayCodeView(ApiView):
    """One code of one stay."""

    resource = "entries"

    @extend_schema(responses=documented(StayFactsAnswer, 401, 403, 404, 409))
    def delete(self, request: Request, entry_id: UUID, code: str) -> HttpResponse:
        """Take it back; its use counts no more."""
        known = take_code_back(stay_id=entry_id, code=code, actor=actor_of(request), at=clock.now())
        return reply(StayFactsAnswer(entry_id=entry_id, facts=known))
