"""/api/v1/billing/discount-codes: which codes there are, what each lends and how far it goes."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing.commands.discount_codes import UnknownDiscountCode, add_discount_code, change_discount_code
from apps.billing.merchant_reports import list_discount_codes
from apps.billing.models import DiscountCode
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards

from .lender_bodies import CodeChange, DiscountCodeAnswer, DiscountCodePage, ListLenders, NewCode, code_answer
from .versions import require_if_match


class DiscountCodesView(ApiView):
    """The discount codes."""

    resource = "discounts"

    @extend_schema(
        operation_id="billing_discount_codes_list",
        parameters=query_parameters(ListLenders),
        responses=documented(DiscountCodePage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """In alphabetical order, with how often each was used."""
        query = read_query(request, ListLenders)
        found = list_discount_codes(active=query.active)
        page, following = page_upwards(found, query, order="discount-codes", by={"code_key": str})
        items = tuple(code_answer(code, used=getattr(code, "used", 0)) for code in page)
        return reply(DiscountCodePage(items=items, next_cursor=following))

    @extend_schema(request=NewCode, responses={201: DiscountCodeAnswer, **documented(None, 400, 401, 403, 409, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Make a code."""
        body = read_body(request, NewCode)
        code = add_discount_code(code=body.code, terms=body.terms(), actor=actor_of(request))
        place = f"/api/v1/billing/discount-codes/{code.id}"
        return reply(code_answer(code, used=0), 201, ETag=etag(code.version), Location=place)


class DiscountCodeView(ApiView):
    """One discount code."""

    resource = "discounts"

    @extend_schema(responses=documented(DiscountCodeAnswer, 401, 403, 404))
    def get(self, request: Request, code_id: UUID) -> HttpResponse:
        """A code with how often it was used."""
        code = list_discount_codes().filter(id=code_id).first()
        if code is None:
            raise UnknownDiscountCode("Check its id; it is not one of this tenant.")
        return _shown(code)

    @extend_schema(request=CodeChange, responses=documented(DiscountCodeAnswer, 400, 401, 403, 404, 412, 422, 428))
    def patch(self, request: Request, code_id: UUID) -> HttpResponse:
        """Change it, or withdraw it (`active`: false). Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, CodeChange)
        change_discount_code(code_id=code_id, expected_version=expected, terms=body.terms(), actor=actor_of(request))
        return _shown(list_discount_codes().get(id=code_id))


def _shown(code: DiscountCode) -> HttpResponse:
    return reply(code_answer(code, used=getattr(code, "used", 0)), ETag=etag(code.version))
