"""Payments as the API shows them, with what became of them, and how a stay stands."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from apps.core.api import Answer
from apps.core.api.paging import Page
from apps.core.money import minor_to_decimal

from . import models
from .answers import FeeCalculation, PaymentRecord, RefundRecord, payment_record, refund_record
from .commands.payments import MadePayment
from .commands.refunds import left_of
from .payment_queries import StandingOfStay


class PaymentMade(PaymentRecord, frozen=True, kw_only=True):
    """A payment just taken: what is still due, and until when a vehicle that is still parked owes no more."""

    due_amount: Decimal
    paid_until: datetime | None


class PaymentDetails(PaymentRecord, frozen=True, kw_only=True):
    """A payment with what was given back of it; `refundable_amount` is what is left to give."""

    refundable_amount: Decimal
    refunds: tuple[RefundRecord, ...]


class PaymentPage(Page, frozen=True, kw_only=True):
    """A page of payments, the newest first."""

    items: Sequence[PaymentRecord]


class StayAccount(Answer, frozen=True, kw_only=True):
    """How a stay stands: `fee` is its fee, or what it costs until now; null without a price, for `unpricedReason`.

    `paidUntil` is the end of the exit grace of a vehicle that has paid and is still parked. `paymentMethods` are the
    ways to pay that are offered there.
    """

    entry_id: UUID
    is_parked: bool
    currency: str
    fee: FeeCalculation | None
    unpriced_reason: str | None
    paid_amount: Decimal
    due_amount: Decimal | None
    refundable_amount: Decimal | None
    paid_until: datetime | None
    payment_methods: tuple[str, ...]
    payments: tuple[PaymentDetails, ...]


def payment_made(made: MadePayment) -> PaymentMade:
    """A payment as its taker is answered."""
    record = payment_record(made.payment)
    return PaymentMade(
        **msgspec.structs.asdict(record),
        due_amount=minor_to_decimal(made.left, record.currency),
        paid_until=made.paid_until,
    )


def payment_details(payment: models.Payment) -> PaymentDetails:
    """A payment with its refunds, which are read with it."""
    refunds = sorted(payment.refunds.all(), key=lambda refund: refund.pk)
    return PaymentDetails(
        **msgspec.structs.asdict(payment_record(payment)),
        refundable_amount=minor_to_decimal(left_of(payment), payment.currency),
        refunds=tuple([refund_record(refund) for refund in refunds]),
    )


def stay_account(standing: StandingOfStay) -> StayAccount:
    """How a stay stands, as the API shows it."""

    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else minor_to_decimal(minor, standing.currency)

    return StayAccount(
        entry_id=standing.stay_id,
        is_parked=standing.parked,
        currency=standing.currency,
        fee=standing.fee,
        unpriced_reason=standing.unpriced_reason or None,
        paid_amount=minor_to_decimal(standing.paid, standing.currency),
        due_amount=amount(standing.due),
        refundable_amount=amount(standing.refundable),
        paid_until=standing.paid_until,
        payment_methods=standing.methods,
        payments=tuple([payment_details(payment) for payment in standing.payments]),
    )
