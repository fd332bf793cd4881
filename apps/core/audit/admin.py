"""The trails on the admin: the tenant's on its own site, the platform's on the platform's. Searched, never changed."""

import contextlib
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from apps.core.admin.read_mostly import ReadMostlyAdmin
from apps.core.admin.sites import platform_site, tenant_site
from apps.core.shared.models import PlatformAudit

from .models import AuditEntry

_ON_ONE_LINE = '<span class="whitespace-nowrap">{}</span>'


class TrailAdmin(ReadMostlyAdmin):
    """Who did what, newest first. What events tell is among the events."""

    icon = "policy"
    endless = True
    list_display = ["when", "action", "outcome", "code", "actor_name", "subject", "address"]
    list_filter = ["outcome"]
    search_fields = ["action"]
    search_help_text = (
        "an action, the name or whole id of one who acted, an id of what was acted upon, a correlation id"
    )
    ordering = ["-id"]

    @admin.display(description="recorded at", ordering="id")
    def when(self, entry: Any) -> str:
        """To the second, on one line, by the clock of whose trail it is."""
        return format_html(_ON_ONE_LINE, date_format(timezone.localtime(entry.recorded_at), "Y-m-d H:i:s"))

    @admin.display(description="subject", ordering="subject_id")
    def subject(self, entry: Any) -> str:
        return format_html("{}<br>" + _ON_ONE_LINE, entry.subject_type, entry.subject_id)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip()
        if not word:
            return queryset, False
        found = Q(action__startswith=word) | Q(actor_name__icontains=word) | Q(subject_id=word) | Q(correlation_id=word)
        with contextlib.suppress(ValueError):
            found |= Q(actor_id=UUID(word)) | Q(session_id=UUID(word)) | Q(support_id=UUID(word))
        return queryset.filter(found), False


@admin.register(AuditEntry, site=tenant_site)
class AuditEntryAdmin(TrailAdmin):
    resource = "audit"


@admin.register(PlatformAudit, site=platform_site)
class PlatformAuditAdmin(TrailAdmin):
    pass
