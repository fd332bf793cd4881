"""Posting what nobody has told the ledger of: history that was imported, or is older than the ledger."""

from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.billing.models import LedgerTransaction, Payment, StayFee

from .movements import PAYMENT_TAKEN, STAY_CHARGED, payment_taken, stay_charged
from .posting import post_all

PAGE = 500
Row = TypeVar("Row", StayFee, Payment)


def post_missing() -> int:
    """Post all fees and payments of the current tenant that are not in its ledger, by pages; how many there were.

    It may run beside everything else, and be broken off and begun again: what is posted is never posted twice.
    """
    return _fees() + _payments()


def _fees() -> int:
    costs = Q(total__isnull=False) & ~Q(base=0, penalty=0, discount=0, tax=0)
    missing = _unposted(StayFee.objects.filter(costs), STAY_CHARGED).order_by("pk")
    count = 0
    while page := [made for fee in missing[:PAGE] if (made := stay_charged(fee))]:
        with transaction.atomic():
            count += post_all(postings=page)
    return count


def _payments() -> int:
    missing = _unposted(Payment.objects.select_related("stay"), PAYMENT_TAKEN).order_by("pk")
    count = 0
    while page := [payment_taken(payment) for payment in missing[:PAGE]]:
        with transaction.atomic():
            count += post_all(postings=page)
    return count


def _unposted(rows: QuerySet[Row], kind: str) -> QuerySet[Row]:
    posted = LedgerTransaction.objects.filter(kind=kind, reference=OuterRef("pk"))
    return rows.filter(~Exists(posted))
