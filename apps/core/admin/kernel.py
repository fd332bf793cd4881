"""The kernel's tables of a tenant: its events, and the answers kept for repeated requests."""

from django.contrib import admin
from django.http import HttpRequest

from apps.core.models import Event, IdempotencyRecord

from .read_mostly import ReadMostlyAdmin
from .sites import tenant_site


@admin.register(Event, site=tenant_site)
class EventAdmin(ReadMostlyAdmin):
    """What happened, newest first. Nothing changes it."""

    resource = "events"
    icon = "history"
    endless = True
    list_display = ["position", "type", "aggregate_type", "aggregate_id", "aggregate_version", "occurred_at"]
    search_fields = ["id__exact", "aggregate_id__exact"]
    search_help_text = "the whole id of an event, or of what it happened to"
    ordering = ["-position"]


class IdempotencyRecordAdmin(ReadMostlyAdmin):
    """Which repeated requests have an answer waiting. The answers themselves are not shown: they may be personal."""

    resource = "events"
    icon = "replay"
    endless = True
    list_display = ["key", "actor_id", "status", "created_at"]
    list_display_links = None  # its key has two columns, which no address of the admin can name
    ordering = ["-created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


# Django's `register` refuses a composite key, for the sake of the pages of single rows, of which this has none.
tenant_site._registry[IdempotencyRecord] = IdempotencyRecordAdmin(IdempotencyRecord, tenant_site)
