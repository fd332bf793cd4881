"""/api/v1/billing/fees/{id}: a recorded fee with what it was made of, so that anyone can check it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import models, queries
from apps.billing.answers import FeeCalculation, stored_fee_calculation
from apps.billing.fee_checks import KeptPlans, is_as_recorded, is_recomputable, recompute
from apps.billing.stay_accounts import kept_facts
from apps.core.api import Answer, ApiView, reply
from apps.core.api.openapi import documented


class EarlierStay(Answer, frozen=True, kw_only=True):
    """An earlier visit of the vehicle that counted for the fee."""

    entry_time: datetime
    exit_time: datetime


class FeeInputs(Answer, frozen=True, kw_only=True):
    """All that a fee was priced from, beside the plan."""

    vehicle_type: str
    location_id: UUID
    entry_time: datetime
    exit_time: datetime
    allowed_until: datetime | None
    facts: dict[str, bool | int | str]
    earlier_visits: tuple[EarlierStay, ...]
    paid_at: tuple[datetime, ...]
    paid_until: datetime | None


class RecordedFee(Answer, frozen=True, kw_only=True):
    """A recorded fee; without a price `fee` is null and `unpriced_reason` says why.

    `recomputed`: whether it was priced again just now, from `plan` and `inputs`, and every line is as recorded; null
    where there is no price, or where the inputs of a fee were not kept yet.
    """

    entry_id: UUID
    fee: FeeCalculation | None
    unpriced_reason: str | None
    charged_at: datetime
    plan_hash: str | None
    plan: dict[str, Any] | None
    inputs: FeeInputs | None
    recomputed: bool | None


class FeeView(ApiView):
    """The fee of one stay."""

    resource = "payments"

    @extend_schema(responses=documented(RecordedFee, 401, 403, 404))
    def get(self, request: Request, entry_id: UUID) -> HttpResponse:
        """The fee of a stay that has ended, by the entry's id, and whether it is still what comes out."""
        return reply(_recorded(queries.get_fee(stay_id=entry_id)))


def _recorded(fee: models.StayFee) -> RecordedFee:
    return RecordedFee(
        entry_id=fee.stay_id,
        fee=stored_fee_calculation(fee),
        unpriced_reason=fee.unpriced_reason or None,
        charged_at=fee.charged_at,
        plan_hash=fee.plan_hash or None,
        plan=queries.find_plan(plan_hash=fee.plan_hash),
        inputs=_inputs(fee),
        recomputed=is_as_recorded(fee, recompute(fee, KeptPlans())) if is_recomputable(fee) else None,
    )


def _inputs(fee: models.StayFee) -> FeeInputs | None:
    if fee.entry_at is None or fee.ended_at is None:
        return None
    kept = kept_facts(fee)
    return FeeInputs(
        vehicle_type=fee.vehicle_type,
        location_id=fee.location_id,
        entry_time=fee.entry_at,
        exit_time=fee.ended_at,
        allowed_until=fee.allowed_until,
        facts=kept.facts,
        earlier_visits=tuple(
            EarlierStay(entry_time=visit.entry_at, exit_time=visit.exit_at) for visit in kept.earlier_visits
        ),
        paid_at=kept.paid_at,
        paid_until=kept.paid_until,
    )
