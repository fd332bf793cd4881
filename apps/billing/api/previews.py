"""/api/v1/billing/rates/preview: the fees of prices that nobody has saved yet, as a curve."""

from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import Meta
from rest_framework.request import Request

from apps.billing.lab.curve import Curve, Vertex
from apps.billing.lab.preview import preview
from apps.billing.tariff import CompiledPlan, Stacking
from apps.core.api import Answer, ApiView, Body, read_body, reply
from apps.core.api.bodies import Instant
from apps.core.api.openapi import documented
from apps.core.errors import Invalid
from apps.core.money import minor_to_decimal

from .bodies import Code, CreateRates, MoreFacts, NewPenalties, NewPrices, NewTax, PlanJson, utc
from .discount_bodies import NewDiscounts

_YEARS = range(1970, 9999)


class PreviewRates(Body, frozen=True, kw_only=True):
    """Prices or a plan, as for a new rate, and the stays to price: from `entry_time` on, up to so many hours."""

    vehicle_type: Code
    entry_time: Instant
    up_to_hours: Annotated[int, Meta(ge=1, le=744)] = 72
    rates: NewPrices = NewPrices()
    currency: str | None = None
    penalties: NewPenalties = NewPenalties()
    tax: NewTax = NewTax()
    discounts: NewDiscounts = ()
    stacking: Stacking = "inOrder"
    plan: PlanJson | None = None
    facts: MoreFacts | None = None
    allowed_until: Instant | None = None

    def traced(self) -> tuple[str, str, Curve]:
        """Currency, the plan's hash and the curve. Raises Invalid with all that is wrong with the prices."""
        given = CreateRates(
            vehicle_type=self.vehicle_type,
            rates=self.rates,
            currency=self.currency,
            penalties=self.penalties,
            tax=self.tax,
            discounts=self.discounts,
            stacking=self.stacking,
            plan=self.plan,
        )
        plan = given.new_rates().plan
        entry_at = utc(self.entry_time)
        assert entry_at is not None
        if entry_at.year not in _YEARS:
            raise Invalid.field("entryTime", "out_of_range", "Take a time from 1970 on and before the year 9999.")
        curve = preview(
            plan,
            entry_at=entry_at,
            hours=self.up_to_hours,
            facts={**(self.facts or {}), "vehicleType": self.vehicle_type},
            allowed_until=utc(self.allowed_until),
        )
        return plan.currency, (plan if isinstance(plan, CompiledPlan) else plan.compiled).hash, curve


class FeePoint(Answer, frozen=True, kw_only=True):
    """The fee of a stay of so many seconds; null where the plan has no price, and why."""

    seconds: int
    amount: Decimal | None
    reason: str | None
    detail: str | None


class FeeCurve(Answer, frozen=True, kw_only=True):
    """The fee over the length of a stay, as the corners of a line.

    Two points of one amount: it stays so between them. Two that are a second apart: a step. Two others: it climbs in
    more steps than were looked at, and `exact` is false.
    """

    currency: str
    plan_hash: str
    exact: bool
    points: tuple[FeePoint, ...]


class PreviewView(ApiView):
    """The curve of prices that are still being written."""

    resource = "rates"
    actions = {"POST": "read"}

    @extend_schema(request=PreviewRates, responses=documented(FeeCurve, 400, 401, 403, 422))
    def post(self, request: Request) -> HttpResponse:
        """Price many lengths of stay at once; writes nothing. Refuses what could not be activated, with its paths."""
        currency, plan_hash, curve = read_body(request, PreviewRates).traced()
        points = tuple(_point(vertex, currency) for vertex in curve.vertices)
        return reply(FeeCurve(currency=currency, plan_hash=plan_hash, exact=curve.exact, points=points))


def _point(vertex: Vertex, currency: str) -> FeePoint:
    total = vertex.priced.total
    return FeePoint(
        seconds=vertex.seconds,
        amount=None if total is None else minor_to_decimal(total, currency),
        reason=vertex.priced.reason or None,
        detail=vertex.priced.detail or None,
    )
