"""Support sessions on both admin sites: the platform's and, for its own, the tenant's. Both can end one there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.auth.models import SupportSession
from apps.core import clock, tenancy
from apps.core.admin import ReadMostlyAdmin, actor_of, platform_site, tenant_site
from apps.core.errors import DomainError

from .sessions import end_support


class SupportSessionAdmin(ReadMostlyAdmin):
    """Who of the platform acts for whom, why, and until when at the latest."""

    icon = "support_agent"
    endless = True
    list_display = ["user", "tenant", "reason", "started_at", "ends_at", "ended_at"]
    list_select_related = ["user", "tenant"]
    search_fields = ["user__email", "reason"]
    ordering = ["-id"]
    actions = ["end"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "write")

    @admin.action(description="End these support sessions", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[SupportSession]) -> None:
        """Their tokens stop with the next request."""
        actor, tenant = actor_of(request), tenancy.find_current()
        assert actor is not None
        for session in chosen:
            try:
                end_support(support_id=session.id, tenant_id=tenant.id if tenant else None, actor=actor, at=clock.now())
                self.message_user(request, f"{session.user}: ended.")
            except DomainError as refusal:
                self.message_user(request, f"{session.user}: {refusal.detail}", level="ERROR")


@admin.register(SupportSession, site=platform_site)
class PlatformSupportAdmin(SupportSessionAdmin):
    pass


@admin.register(SupportSession, site=tenant_site)
class TenantSupportAdmin(SupportSessionAdmin):
    """The tenant's own alone, for the table is public."""

    resource = "members"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(tenant_id=tenancy.current().id)
