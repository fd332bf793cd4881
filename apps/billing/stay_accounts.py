"""What billing itself knows of a stay: what was paid for it and what was told of it before its end.

A stay's account is its row of `billing_stayfee`. Most stays have none before the exit, and cost no look-up: the exit's
statement finds out by itself whether there is one that was not thought of.
"""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import F

from .models.payments import Payment
from .models.stay_fees import STILL_PARKED, StayFee
from .permit_terms import PermitTerms
from .stays import StayFacts
from .tariff import Visit


class PricedFrom(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a stay was priced from besides times and vehicle type, as `priced_from` keeps it. Instants are UTC.

    `paid_until`: an exit until then owes no more than was paid at the last of `paid_at`.
    """

    facts: dict[str, bool | int | str] = {}
    earlier_visits: tuple[Visit, ...] = ()
    paid_at: tuple[datetime, ...] = ()
    paid_until: datetime | None = None
    permit: PermitTerms | None = None


_NOTHING = "{}"


def priced_from(stay: StayFacts) -> str:
    """The JSON that keeps what a stay is priced from."""
    if not (stay.facts or stay.earlier_visits or stay.paid_at or stay.permit):
        return _NOTHING
    kept = PricedFrom(
        facts=stay.facts,
        earlier_visits=stay.earlier_visits,
        paid_at=stay.paid_at,
        paid_until=stay.paid_until,
        permit=stay.permit,
    )
    return msgspec.json.encode(kept).decode()


def kept_facts(account: StayFee) -> PricedFrom:
    """What an account's `priced_from` says."""
    return msgspec.convert(account.priced_from, PricedFrom)


def with_account(stay: StayFacts, account: StayFee | None) -> StayFacts:
    """The stay with what its account adds; what is told of the stay itself goes first."""
    if account is None or not account.priced_from:
        return stay
    kept = kept_facts(account)
    return msgspec.structs.replace(
        stay,
        facts={**kept.facts, **stay.facts},
        earlier_visits=stay.earlier_visits or kept.earlier_visits,
        paid_at=stay.paid_at or kept.paid_at,
        paid_until=stay.paid_until if stay.paid_at else kept.paid_until,
        permit=stay.permit or kept.permit,
    )


def find_account(stay: StayFacts) -> StayFee | None:
    """The account of a stay, if billing has one; None for nearly all that are still parked."""
    return StayFee.objects.filter(stay_id=stay.stay_id).first()


def lock_account(stay: StayFacts, *, currency: str, at: datetime) -> StayFee:
    """The account of a stay, made where there is none, locked until the caller's transaction ends.

    It comes before every other lock (docs/locking.md). The caller looks whether it `is_open`, and saves what has become
    known of an open stay by `keep`.
    """
    fresh: dict[str, Any] = {
        "vehicle_type": stay.vehicle_type,
        "location_id": stay.location_id,
        "duration_minutes": 0,
        "currency": currency,
        "unpriced_reason": STILL_PARKED,
        "entry_at": stay.entry_at,
        "allowed_until": stay.allowed_until,
        "charged_at": at,
    }
    StayFee.objects.bulk_create([StayFee(stay_id=stay.stay_id, **fresh)], ignore_conflicts=True)
    return StayFee.objects.select_for_update().get(stay_id=stay.stay_id)


def keep(account: StayFee, known: PricedFrom, *, paid: int = 0) -> None:
    """Save what is known of an open stay now, with `paid` minor units more, as its next revision."""
    account.priced_from = msgspec.to_builtins(known)
    account.paid += paid
    account.revision += 1
    account.save(update_fields=["priced_from", "paid", "revision"])


def take_back(payment: Payment, *, amount: int, since: datetime | None) -> None:
    """Count `amount` minor units of a payment as not paid, its stay's account being locked.

    A vehicle that is still parked may then no longer leave on what settled it from `since` on; None leaves that alone.
    """
    account = payment.stay
    if not account.is_open:
        StayFee.objects.filter(stay_id=account.stay_id).update(paid=F("paid") - amount)
        return
    kept = kept_facts(account)
    if since is None:
        keep(account, kept, paid=-amount)
        return
    earlier = tuple([at for at in kept.paid_at if at < since])
    keep(
        account,
        msgspec.structs.replace(kept, paid_at=earlier, paid_until=earlier[-1] if earlier else None),
        paid=-amount,
    )
