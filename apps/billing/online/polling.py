"""Asking the provider for what no webhook told, and finishing what was left undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q

from apps.billing.models import OnlinePayment, OnlineStatus, RefundSending, SendingStatus
from apps.core import tenancy
from apps.core.errors import DomainError
from apps.core.tenancy import TenantStatus

from . import stripe_api
from .applying import apply_intent
from .sendings import submit_refund
from .starting import submit_online_payment
from .waiting import DOWN_AFTER

EXPIRES_AFTER: Final = timedelta(minutes=30)
"""What was asked for so long ago is canceled: its price is no longer what the stay costs."""

_UNDONE_AFTER, _ASKED_EVERY, _AT_MOST = timedelta(seconds=20), timedelta(seconds=60), 100
log = structlog.get_logger(__name__)


class Vain:
    """How often the provider gave no answer in this round, in a row; a dead one is left alone until the next."""

    def __init__(self) -> None:
        self._times = 0

    @property
    def is_enough(self) -> bool:
        """Whether to leave it alone."""
        return self._times >= DOWN_AFTER

    @contextmanager
    def counted(self, subject: object) -> Iterator[None]:
        """Ask about one thing; what is refused or not answered is that thing's own matter."""
        try:
            yield
        except DomainError as error:
            self._times = self._times + 1 if isinstance(error, stripe_api.ProviderDown) else 0
            log.warning("the provider was asked in vain", subject=str(subject), code=error.code)
        else:
            self._times = 0


def poll_everywhere(*, at: datetime) -> int:
    """The poll of every tenant that is open; how many things were asked for. One tenant's failure is its own."""
    if not stripe_api.is_configured():
        return 0
    asked, vain = 0, Vain()
    for tenant in tenancy.directory().all():
        if tenant.status != TenantStatus.CLOSED:
            with tenancy.enter(tenant):
                asked += poll(at=at, vain=vain)
    return asked


def poll(*, at: datetime, vain: Vain | None = None) -> int:
    """Bring what is open in the current tenant to what the provider says of it; how many things were asked for."""
    asked, vain = 0, vain or Vain()
    stale = Q(status=OnlineStatus.CREATED, created_at__lte=at - _UNDONE_AFTER) | Q(
        status__in=[OnlineStatus.PENDING, OnlineStatus.FAILED], changed_at__lte=at - _ASKED_EVERY
    )
    unwanted = Q(unwanted=True, status__in=[OnlineStatus.CREATED, OnlineStatus.PENDING, OnlineStatus.FAILED])
    for online in OnlinePayment.objects.filter(stale | unwanted).order_by("changed_at")[:_AT_MOST]:
        if vain.is_enough:
            return asked
        with vain.counted(online):
            _settle(online, at=at)
            asked += 1
    pending = RefundSending.objects.filter(status=SendingStatus.PENDING, changed_at__lte=at - _UNDONE_AFTER)
    for sending in pending.order_by("changed_at")[:_AT_MOST]:
        if vain.is_enough:
            return asked
        with vain.counted(sending):
            submit_refund(sending_id=sending.id, at=at)
            asked += 1
    return asked


def _settle(online: OnlinePayment, *, at: datetime) -> None:
    over = online.unwanted or at - online.created_at >= EXPIRES_AFTER
    if not online.provider_id:
        if over:  # nobody was given the means to pay it
            status = OnlineStatus.CANCELED if online.unwanted else OnlineStatus.EXPIRED
            still = OnlinePayment.objects.filter(id=online.id, provider_id="", payment=None)
            still.update(status=status, changed_at=at)
        else:
            submit_online_payment(online_id=online.id, at=at)
        return
    ask = stripe_api.cancel_intent if over else stripe_api.retrieve_intent
    apply_intent(intent=ask(online.provider_id, account=online.account), at=at)
