"""Asking for a task when the open transaction has committed. Losing one costs time: the poll finds what is left."""

from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.core import correlation, tenancy
from apps.core.tasks import CORRELATION_HEADER, HEADER

log = structlog.get_logger(__name__)


def queue(task: str, subject_id: UUID) -> None:
    """Run a task of the current tenant on this id after the commit. It is named, for it imports who asks for it."""
    headers = {HEADER: str(tenancy.current().id)}
    if (cause := correlation.find()) is not None:
        headers[CORRELATION_HEADER] = cause
    transaction.on_commit(lambda: _send(task, subject_id, headers))


def _send(task: str, subject_id: UUID, headers: dict[str, str]) -> None:
    try:
        current_app.send_task(task, [str(subject_id)], headers=headers)
    except OperationalError:
        log.warning("task not queued; the poll will do it", task=task, subject=str(subject_id))
