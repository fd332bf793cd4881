"""The fee of a stay at its exit, with what is paid for it there and then."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Sum

from apps.billing.answers import FeeCalculation, PaymentRecord, fee_calculation, payment_record, stored_fee_calculation
from apps.billing.applicable_rates import ApplicableRate, find_applicable_rate, recall_applicable_rate
from apps.billing.declared_facts import require_declared
from apps.billing.known_stays import known_stay
from apps.billing.models import Refund, RefundKind, StayFee
from apps.billing.payment_rules import get_governing_rules
from apps.billing.permit_places import claim_place
from apps.billing.pricing import PricedStay, price_under
from apps.billing.stay_accounts import find_account
from apps.billing.stays import StayFacts
from apps.billing.tariff import Fee
from apps.billing.vehicle_stays import with_visits
from apps.core import tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, DomainError
from apps.core.events.publish import NotInTransaction
from apps.core.money import minor_to_decimal

from .counting import FeeUnknown, PaymentRequired, TakePayment, count_payment, require_counter, require_offered
from .fee_record import AlreadyCharged, record_fee
from .on_account import charge_customer, find_paying_customer
from .shifts.holding import require_open_shift
from .taking import TakenPayment, new_payment

_TRIES = 3


class RatesChanging(Conflict):
    code, title = "rates_changing", "The rates are just being changed; try again"


class ChargedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay's recorded fee and the payment made with it, as the API shows them.

    Without a price `fee` is None and `unpriced_reason` names why; the vehicle leaves all the same. `payment` is None
    where nothing was paid. `due` is what was left to be paid at the exit, and `refundable` what had been paid too much,
    both without a price unknown; all three in minor units of `currency`.
    """

    fee: FeeCalculation | None
    unpriced_reason: str
    payment: PaymentRecord | None
    currency: str = ""
    paid_before: int = 0
    due: int | None = None
    refundable: int | None = None


def charge_stay(*, stay: StayFacts, payment: TakePayment | None, actor: Actor, at: datetime) -> ChargedStay:
    """Price an ended stay, record its fee, and the payment if one is made, in the caller's transaction.

    One round trip where the rate is remembered and nothing was known of the stay before, else some more. A payment
    locks the tenant's receipt sequence until the caller commits. Where nothing is due, a payment of zero is accepted
    and leaves no payment behind.

    What was paid or told before the exit counts: the stay is priced with it, and only the rest is due. Where the plan
    asks for the vehicle's earlier visits, they are looked up; other stays cost no look-up.

    Raises NotInTransaction outside a transaction, PaymentRequired where the place demands payment and none is made,
    Underpaid, Overpaid, MethodNotOffered, FeeUnknown for a payment on a stay without a price, NoOpenShift,
    ReferenceUsed, what a customer's account refuses (`on_account`), AlreadyCharged, RatesChanging, InvalidStay, Invalid
    for a fact told at the exit that the plan does not declare.
    """
    if not tenancy.in_transaction():
        raise NotInTransaction("charge a stay inside the transaction of its exit")
    if stay.exit_at is None:
        raise ValueError("a stay is charged when it has ended")
    for rate, account, remembered in _candidates(stay):
        try:
            known = _known(stay, account, rate, remembered=remembered)
            priced = price_under(rate, stay=known, until=stay.exit_at)
            if not remembered:
                _require_offered(payment, stay)
            payer = find_paying_customer(payment, stay=stay)
            taken = _accepted(priced.fee, stay, account.paid if account else 0, payment, actor=actor, at=at)
        except DomainError:
            if remembered:
                continue  # only the present rate may refuse
            raise
        receipt = record_fee(
            stay=known,
            ended_at=stay.exit_at,
            priced=priced,
            payment=taken,
            actor=actor,
            at=at,
            revision=account.revision if account else 0,
            permits_seen=not remembered,
        )
        if receipt is not None:
            claim_place(known)
            taken = taken and msgspec.structs.replace(taken, receipt_number=receipt)
            charge_customer(taken, payer, actor=actor)
            return charged_stay(priced, taken, paid_before=account.paid if account else 0)
    raise RatesChanging("Send the exit again.")


def _known(stay: StayFacts, account: StayFee | None, rate: ApplicableRate | None, *, remembered: bool) -> StayFacts:
    """The stay with all that its price depends on. Raises Invalid for a fact that the plan does not declare.

    On the short way nobody has looked for an account or a permit: the statement asks whether there is one.
    """
    if stay.facts:
        require_declared(rate, stay.facts)
    return with_visits(stay, rate) if remembered else known_stay(stay, account=account, rate=rate, ending=True)


def find_charge(*, stay_id: UUID) -> ChargedStay:
    """What was charged and paid at a stay's exit; one that never was charged has no fee and says `not_charged`."""
    stored = StayFee.objects.filter(stay_id=stay_id).first()
    if stored is None or stored.is_open:
        return ChargedStay(fee=None, unpriced_reason="not_charged", payment=None)
    payment = stored.payments.filter(taken_at=stored.charged_at).first()
    paid_before = _paid_before(stored)
    return ChargedStay(
        fee=stored_fee_calculation(stored),
        unpriced_reason=stored.unpriced_reason,
        payment=payment_record(payment) if payment else None,
        **_standing(stored.total, paid_before, stored.currency),
    )


def _paid_before(stored: StayFee) -> int:
    """What had been paid when the stay was charged, less what had been given back."""
    paid = stored.payments.filter(taken_at__lt=stored.charged_at).aggregate(total=Sum("amount"))["total"] or 0
    given = Refund.objects.filter(payment__stay=stored, given_at__lt=stored.charged_at)
    voided = given.filter(kind=RefundKind.VOID).aggregate(total=Sum("amount"))["total"] or 0
    return int(paid - voided - (given.aggregate(total=Sum("surplus"))["total"] or 0))


def _standing(total: int | None, paid_before: int, currency: str) -> dict[str, Any]:
    known = {"currency": currency, "paid_before": paid_before}
    if total is None:
        return known
    return known | {"due": max(total - paid_before, 0), "refundable": max(paid_before - total, 0)}


def _candidates(stay: StayFacts) -> Iterator[tuple[ApplicableRate | None, StayFee | None, bool]]:
    """The rate as this process remembers it and no account; then both as the database has them.

    Each with whether it was remembered. Raises AlreadyCharged.
    """
    vehicle_type, location_id, at = stay.vehicle_type, stay.location_id, stay.entry_at
    remembered = recall_applicable_rate(vehicle_type=vehicle_type, location_id=location_id, at=at)
    if remembered is not None:
        yield remembered, None, True
    for _ in range(_TRIES):
        account = find_account(stay)
        if account is not None and not account.is_open:
            raise AlreadyCharged("A stay is charged once; a later payment is made by POST billing/payments.")
        yield find_applicable_rate(vehicle_type=vehicle_type, location_id=location_id, at=at), account, False


def _require_offered(payment: TakePayment | None, stay: StayFacts) -> None:
    # asked only where the statement that records found out that something is otherwise than remembered
    if payment is not None:
        require_offered(payment, get_governing_rules(stay.location_id).methods)


def _accepted(
    fee: Fee | None, stay: StayFacts, paid: int, payment: TakePayment | None, *, actor: Actor, at: datetime
) -> TakenPayment | None:
    """The payment that is to be recorded, if any, where `paid` was paid before; raises what `charge_stay` names."""
    if fee is None:
        if payment is not None:
            raise FeeUnknown("Let the vehicle out without a payment; the fee is settled later.")
        return None
    due = max(fee.total - paid, 0)
    if payment is not None:
        require_counter(payment)
        counted = count_payment(payment, due=due, currency=fee.currency)
        if due:
            if stay.shift_required:
                require_open_shift(method=payment.method, actor=actor, at=at)
            return new_payment(payment, stay=stay, counted=counted, currency=fee.currency, actor=actor, at=at)
    elif stay.payment_required and due:
        expected = minor_to_decimal(due, fee.currency)
        raise PaymentRequired(
            f"Take {expected} {fee.currency} first.", facts={"expectedAmount": expected, "currency": fee.currency}
        )
    return None


def charged_stay(priced: PricedStay, taken: TakenPayment | None, *, paid_before: int = 0) -> ChargedStay:
    """What was recorded, as it is handed back."""
    fee, rate = priced.fee, priced.rate
    return ChargedStay(
        fee=fee_calculation(fee, rate_id=rate.rate_id, rate_version=rate.version) if fee and rate else None,
        unpriced_reason=priced.unpriced_reason,
        payment=payment_record(taken) if taken else None,
        **_standing(fee.total if fee else None, paid_before, fee.currency if fee else tenancy.current().currency),
    )
