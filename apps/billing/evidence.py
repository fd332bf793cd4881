"""What is known of a disputed payment, as one file for the payer's bank: the same bytes for the same facts."""

import io
import zipfile
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.core import tenancy
from apps.core.errors import NotFound
from apps.core.models import Event
from apps.core.money import minor_to_decimal

from .answers import payment_record, refund_record, stored_fee_calculation
from .applicable_rates import ApplicableRate
from .documents.receipt import receipt_pdf
from .models import Dispute, Payment, StayFee, TariffPlan
from .pricing import price_under
from .queries import get_receipt
from .stay_accounts import kept_facts
from .stays import StayFacts, StayNotFound, get_stay
from .tariff import restore

_MADE: Final = (1980, 1, 1, 0, 0, 0)  # of every part, so that a second file is the first one again
_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


class DisputeNotFound(NotFound):
    code, title = "dispute_not_found", "There is no such dispute here"


def get_evidence(*, dispute_id: UUID) -> bytes:
    """A ZIP of JSON and PDF: the stay and its times, the fee with its plan and its recomputation, what happened at the
    gate and was corrected since, payments, refunds and receipts. Raises DisputeNotFound.
    """
    dispute = Dispute.objects.select_related("payment__stay").filter(id=dispute_id).first()
    if dispute is None:
        raise DisputeNotFound("Check the dispute's id; it is not one of this tenant.")
    fee = dispute.payment.stay
    payments = list(Payment.objects.filter(stay_id=fee.stay_id).prefetch_related("refunds__sendings").order_by("id"))
    plan = TariffPlan.objects.filter(hash=fee.plan_hash).first()
    parts: dict[str, bytes] = {
        "dispute.json": _json(_dispute(dispute)),
        "events.json": _json(_events(fee.stay_id, [payment.id for payment in payments])),
        "fee.json": _json(_fee(fee, plan)),
        "payments.json": _json([_paid(payment) for payment in payments]),
        "stay.json": _json(_stay(fee)),
    }
    if plan is not None:
        parts[f"plan-{plan.hash[:12]}.json"] = plan.document.encode()
    for payment in payments:
        parts[f"receipt-{payment.receipt_number}.pdf"] = receipt_pdf(
            get_receipt(number=payment.receipt_number), roll=False
        )
    return _zipped(parts)


def _zipped(parts: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(parts.items()):
            archive.writestr(zipfile.ZipInfo(name, _MADE), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _json(facts: Any) -> bytes:
    return msgspec.json.format(_encode(facts), indent=2)


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "provider": dispute.payment.provider,
        "providerId": dispute.provider_id,
        "paymentReference": dispute.payment.reference,
        "reason": dispute.reason,
        "amount": minor_to_decimal(dispute.amount, dispute.currency),
        "currency": dispute.currency,
        "openedAt": dispute.opened_at,
        "evidenceDueBy": dispute.due_by,
        "merchant": tenancy.current().name,
    }


def _stay(fee: StayFee) -> dict[str, Any]:
    try:
        stay = get_stay(fee.stay_id)
    except StayNotFound:
        return {"entryId": fee.stay_id}
    return {
        "entryId": fee.stay_id,
        "locationId": stay.location_id,
        "vehicleType": stay.vehicle_type,
        "vehicleNumber": stay.vehicle_number,
        "entryTime": stay.entry_at,
        "exitTime": stay.exit_at,
        "allowedUntil": stay.allowed_until,
    }


def _fee(fee: StayFee, plan: TariffPlan | None) -> dict[str, Any]:
    return {
        "charged": stored_fee_calculation(fee),
        "chargedAt": None if fee.is_open else fee.charged_at,
        "unpricedReason": fee.unpriced_reason or None,
        "planHash": fee.plan_hash or None,
        "pricedFrom": fee.priced_from,
        "recomputedTotal": _recomputed(fee, plan),
    }


def _recomputed(fee: StayFee, plan: TariffPlan | None) -> Any:
    """The fee worked out anew from the plan and the facts that are kept; None where these are older than that."""
    ended, entered = fee.ended_at, fee.entry_at
    if plan is None or entered is None or ended is None or fee.rate_id is None or fee.rate_version is None:
        return None
    kept = kept_facts(fee)
    stay = StayFacts(
        stay_id=fee.stay_id,
        location_id=fee.location_id,
        vehicle_type=fee.vehicle_type,
        entry_at=entered,
        exit_at=ended,
        allowed_until=fee.allowed_until,
        facts=kept.facts,
        earlier_visits=kept.earlier_visits,
        paid_at=kept.paid_at,
        paid_until=kept.paid_until,
    )
    rate = ApplicableRate(fee.rate_id, fee.rate_id, fee.rate_version, entered, None, restore(plan.document.encode()))
    priced = price_under(rate, stay=stay, until=ended).fee
    return None if priced is None else minor_to_decimal(priced.total, priced.currency)


def _events(stay_id: UUID, payment_ids: list[UUID]) -> list[dict[str, Any]]:
    """All that was told of the stay and its payments, corrections among them, as the chained event store has it."""
    told = Event.objects.filter(aggregate_id__in=[stay_id, *payment_ids]).order_by("position")
    return [_event(event.id, event.type, event.occurred_at, event.data, event.metadata) for event in told]


def _event(id: UUID, type: str, occurred_at: datetime, data: Any, metadata: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "occurredAt": occurred_at, "data": data, "metadata": metadata}


def _paid(payment: Payment) -> dict[str, Any]:
    refunds = sorted(payment.refunds.all(), key=lambda refund: refund.pk)
    return {"payment": payment_record(payment), "refunds": [refund_record(refund) for refund in refunds]}
