"""Celery tasks, each in the tenant that its header names; and the kernel's own.

tenant-schemas-celery runs a task without a header, or for an unknown tenant, in `public`; here such a task is
rejected (`docs/adr/0004-tasks-enter-tenants-themselves.md`).
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from celery.exceptions import Reject
from django.db import connection

from . import clock, correlation, tenancy
from .events.inbox import forget_handled

HEADER = "parking_tenant"
CORRELATION_HEADER = "parking_correlation"
KEPT_HOURS = 48


class TenantTask(Task):  # type: ignore[misc]  # celery is not typed
    """Base of all tasks. `public = True` declares a task that serves all tenants and runs in the public schema."""

    abstract = True
    public = False

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = dict(options.pop("headers", None) or {})
        if not self.public and HEADER not in headers:
            headers[HEADER] = str(tenancy.current().id)
        if (cause := correlation.find()) is not None:
            headers.setdefault(CORRELATION_HEADER, cause)
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with correlation.correlated(self._header(CORRELATION_HEADER)):
            if self.public:
                with tenancy.public():
                    return super().__call__(*args, **kwargs)
            with tenancy.enter(self._tenant()):
                return super().__call__(*args, **kwargs)

    def _header(self, name: str) -> str | None:
        given = (self.request.headers or {}).get(name) or self.request.get(name)
        return str(given) if given else None

    def _tenant(self) -> tenancy.TenantRef:
        named = self._header(HEADER)
        if not named:
            raise Reject(f"{self.name}: the message names no tenant", requeue=False)
        tenant = tenancy.directory().by_id(UUID(named))
        if tenant is None:
            raise Reject(f"{self.name}: tenant {named} is not known", requeue=False)
        return tenant


@shared_task(name="core.forget_old_answers", public=True)  # type: ignore[untyped-decorator]
def forget_old_answers() -> None:
    """Drop the answers kept for Idempotency-Keys after two days, tenant by tenant."""
    for tenant in tenancy.directory().all():
        forget_old_answers_of_tenant.apply_async(headers={HEADER: str(tenant.id)})


@shared_task(name="core.forget_old_answers_of_tenant")  # type: ignore[untyped-decorator]
def forget_old_answers_of_tenant() -> None:
    """The same for the tenant entered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_idempotencyrecord WHERE created_at < %s", [clock.now() - timedelta(hours=KEPT_HOURS)]
        )


@shared_task(name="core.forget_handled", public=True)  # type: ignore[untyped-decorator]
def forget_handled_messages() -> None:
    """Drop inbox rows that nothing can ask for any more, tenant by tenant."""
    for tenant in tenancy.directory().all():
        forget_handled_messages_of_tenant.apply_async(headers={HEADER: str(tenant.id)})


@shared_task(name="core.forget_handled_of_tenant")  # type: ignore[untyped-decorator]
def forget_handled_messages_of_tenant() -> None:
    """The same for the tenant entered."""
    forget_handled(at=clock.now())
