"""/api/v1/billing/letterhead: who issues the tenant's documents, and the logo on them."""

from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from msgspec import Meta
from rest_framework.request import Request

from apps.billing.commands.letterhead import LetterheadTerms, set_letterhead, set_logo
from apps.billing.invoicing.monthly_tax import MonthlyTax, taxes_of
from apps.billing.letterheads import get_letterhead
from apps.billing.models import LetterheadSetting
from apps.core import clock
from apps.core.api import Answer, ApiView, Body, read_body, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag, read_if_match
from apps.core.api.openapi import documented
from apps.core.errors import DomainError, NotFound

Text40 = Annotated[str, Meta(max_length=40)]
Text100 = Annotated[str, Meta(max_length=100)]


class IfMatchMissing(DomainError):
    status, code, title = 428, "if_match_required", "Say which version you have read"


class NoLogo(NotFound):
    code, title = "no_logo", "The letterhead has no logo"


class SetLetterhead(Body, frozen=True, kw_only=True):
    """All of the letterhead but its logo: what is left out becomes empty. `address` is street and number, by lines.

    `country` is ISO 3166-1 alpha-2, `language` one of en, en-IN, de, hi. `exemptionReason` is for a business that is
    exempt from tax; `monthlyTax` what the prices of permits and validations contain, from each date on.
    """

    legal_name: Annotated[str, Meta(min_length=1, max_length=200)]
    address: Annotated[str, Meta(max_length=400)] = ""
    postcode: Annotated[str, Meta(max_length=20)] = ""
    city: Text100 = ""
    country: Annotated[str, Meta(max_length=2)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Text40 = ""
    tax_id: Text40 = ""
    registration: Text100 = ""
    bank_name: Text100 = ""
    iban: Text40 = ""
    bic: Annotated[str, Meta(max_length=14)] = ""
    payment_days: int = 14
    language: Annotated[str, Meta(max_length=10)] = "en"
    footer: Annotated[str, Meta(max_length=500)] = ""
    exemption_reason: Annotated[str, Meta(max_length=200)] = ""
    monthly_tax: Annotated[tuple[MonthlyTax, ...], Meta(max_length=100)] = ()

    def terms(self) -> LetterheadTerms:
        """As the command takes it."""
        return LetterheadTerms(**{name: getattr(self, name) for name in LetterheadTerms.__struct_fields__})


class SetLogo(Body, frozen=True, kw_only=True):
    """A PNG or JPEG of at most 256 KiB and 2000 pixels a side, in base64."""

    image: bytes


class Letterhead(Answer, frozen=True, kw_only=True):
    """Who issues the tenant's documents; `version` counts the changes and is the ETag, 0 before the first."""

    legal_name: str
    address: str
    postcode: str
    city: str
    country: str
    email: str
    phone: str
    tax_id: str
    registration: str
    bank_name: str
    iban: str
    bic: str
    payment_days: int
    language: str
    footer: str
    exemption_reason: str
    monthly_tax: tuple[MonthlyTax, ...]
    has_logo: bool
    version: int


class LetterheadView(ApiView):
    """The letterhead of the present tenant."""

    resource = "invoices"

    @extend_schema(responses=documented(Letterhead, 401, 403))
    def get(self, request: Request) -> HttpResponse:
        """What stands at the head of receipts and invoices."""
        return _answer(get_letterhead())

    @extend_schema(request=SetLetterhead, responses=documented(Letterhead, 400, 401, 403, 412, 422, 428))
    def put(self, request: Request) -> HttpResponse:
        """Say it anew; documents that were issued stay as they are. Refused without If-Match (428)."""
        expected = _expected(request)
        body = read_body(request, SetLetterhead)
        return _answer(set_letterhead(terms=body.terms(), expected_version=expected, actor=actor_of(request)))


class LogoView(ApiView):
    """The logo on the letterhead."""

    resource = "invoices"

    @extend_schema(
        responses={
            (200, "image/png"): OpenApiTypes.BINARY,
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            **documented(None, 401, 403, 404),
        }
    )
    def get(self, request: Request) -> HttpResponse:
        """The image as it was uploaded."""
        logo = get_letterhead().logo
        if logo is None:
            raise NoLogo("Upload one by PUT billing/letterhead/logo.")
        return HttpResponse(bytes(logo.image), content_type=logo.media_type)

    @extend_schema(request=SetLogo, responses=documented(Letterhead, 400, 401, 403, 412, 422, 428))
    def put(self, request: Request) -> HttpResponse:
        """Put another image there. Refused without If-Match (428): the letterhead's ETag."""
        expected = _expected(request)
        body = read_body(request, SetLogo)
        return _answer(set_logo(image=body.image, expected_version=expected, actor=actor_of(request), at=clock.now()))

    @extend_schema(responses=documented(Letterhead, 401, 403, 412, 422, 428))
    def delete(self, request: Request) -> HttpResponse:
        """Take it away. Refused without If-Match (428)."""
        expected = _expected(request)
        return _answer(set_logo(image=None, expected_version=expected, actor=actor_of(request), at=clock.now()))


def _expected(request: Request) -> int | None:
    if "HTTP_IF_MATCH" not in request.META:
        raise IfMatchMissing("Read the letterhead, and send its ETag as If-Match.")
    return read_if_match(request)


def _answer(setting: LetterheadSetting) -> HttpResponse:
    said = {name: getattr(setting, name) for name in LetterheadTerms.__struct_fields__}
    answer = Letterhead(
        **said | {"monthly_tax": taxes_of(setting)}, has_logo=setting.logo_id is not None, version=setting.version
    )
    return reply(answer, ETag=etag(setting.version))
