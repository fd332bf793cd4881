"""What has effects at the provider, and the poll. Each task may run twice; the second time changes nothing."""

from uuid import UUID

from celery import shared_task

from apps.core import clock

from .polling import poll_everywhere
from .sendings import submit_refund
from .starting import submit_online_payment
from .stripe_api import ProviderDown

_AGAIN = {"autoretry_for": (ProviderDown,), "retry_backoff": 2, "retry_backoff_max": 60, "max_retries": 5}


@shared_task(name="billing.submit_online_payment", **_AGAIN)  # type: ignore[untyped-decorator]
def submit_online(online_id: str) -> None:
    """Tell the provider of a payment."""
    submit_online_payment(online_id=UUID(online_id), at=clock.now())


@shared_task(name="billing.submit_refund", **_AGAIN)  # type: ignore[untyped-decorator]
def submit_refund_to_provider(sending_id: str) -> None:
    """Have the provider send money back."""
    submit_refund(sending_id=UUID(sending_id), at=clock.now())


@shared_task(name="billing.poll_provider", public=True)  # type: ignore[untyped-decorator]
def poll_provider() -> int:
    """Every half minute: what no webhook told, and what was left undone."""
    return poll_everywhere(at=clock.now())
