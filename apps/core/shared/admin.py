"""What the platform has in hand for all tenants: events on their way, and deadlines."""

from django.contrib import admin

from apps.core.admin import ReadMostlyAdmin, platform_site

from .models import Deadline, EventOutbox


@admin.register(EventOutbox, site=platform_site)
class EventOutboxAdmin(ReadMostlyAdmin):
    """Events that no subscriber has yet. What stays here for more than seconds is a relay that has stopped."""

    icon = "outbox"
    list_display = ["position", "type", "tenant_schema", "aggregate_id", "stored_at"]
    list_filter = ["tenant_schema"]
    ordering = ["position"]


@admin.register(Deadline, site=platform_site)
class DeadlineAdmin(ReadMostlyAdmin):
    """What falls due when, for all tenants together."""

    icon = "alarm"
    endless = True
    list_display = ["due_at", "kind", "subject_id", "tenant_id"]
    search_fields = ["subject_id__exact", "tenant_id__exact"]
    ordering = ["due_at"]
