"""What the platform has in hand for all tenants: events on their way, and deadlines."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core import clock
from apps.core.admin import ReadMostlyAdmin, actor_of, platform_site
from apps.core.errors import DomainError
from apps.core.events import dead_letters
from apps.core.events.dead_letters import Which

from .models import ConsumedOffset, Deadline, Delivery, EventOutbox


@admin.register(EventOutbox, site=platform_site)
class EventOutboxAdmin(ReadMostlyAdmin):
    """Events that no subscriber has yet. What stays here for more than seconds is a relay that has stopped."""

    icon = "outbox"
    list_display = ["position", "type", "tenant_schema", "aggregate_id", "stored_at"]
    list_filter = ["tenant_schema"]
    ordering = ["position"]


class StateFilter(admin.SimpleListFilter):
    """Dead letters, or what is tried again by itself."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("dead", "dead"), ("waiting", "waiting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(dead_at__isnull=self.value() == "waiting")


class DeliveryActionForm(ActionForm):  # type: ignore[misc]  # unfold is not typed
    """The action, and for giving up a reason."""

    reason = forms.CharField(
        label="", required=False, widget=UnfoldAdminTextInputWidget({"placeholder": "Why it is given up"})
    )


@admin.register(Delivery, site=platform_site)
class DeliveryAdmin(ReadMostlyAdmin):
    """What single subscriptions have not taken. A dead one holds back its aggregate until a person decides."""

    icon = "mark_email_unread"
    list_display = [
        "event_id",
        "type",
        "subscription",
        "tenant_schema",
        "attempts",
        "next_attempt_at",
        "dead_at",
        "error",
    ]
    list_filter = [StateFilter, "subscription"]
    search_fields = ["event_id__exact", "aggregate_id__exact"]
    search_help_text = "the whole id of an event, or of what it happened to"
    ordering = ["position"]
    actions = ["redrive", "discard"]
    action_form = DeliveryActionForm

    @admin.action(description="Try the dead ones again")
    def redrive(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        actor = actor_of(request)
        assert actor is not None
        revived = dead_letters.redrive(which=_chosen(queryset), at=clock.now(), actor=actor)
        self.message_user(request, f"{revived} will be tried again.")

    @admin.action(description="Give the dead ones up")
    def discard(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        actor = actor_of(request)
        assert actor is not None
        try:
            given_up = dead_letters.discard(which=_chosen(queryset), reason=request.POST.get("reason", ""), actor=actor)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, level="ERROR")
            return
        self.message_user(request, f"{given_up} given up.")


def _chosen(queryset: QuerySet[Delivery]) -> Which:
    return Which(ids=list(queryset.values_list("id", flat=True)))


@admin.register(Deadline, site=platform_site)
class DeadlineAdmin(ReadMostlyAdmin):
    """What falls due when, for all tenants together."""

    icon = "alarm"
    endless = True
    list_display = ["due_at", "kind", "subject_id", "tenant_id"]
    search_fields = ["subject_id__exact", "tenant_id__exact"]
    ordering = ["due_at"]


@admin.register(ConsumedOffset, site=platform_site)
class ConsumedOffsetAdmin(ReadMostlyAdmin):
    """How far each partition of Kafka has been handled, and where it ended when a consumer last looked."""

    icon = "input"
    list_display = [
        "topic",
        "partition",
        "next_offset",
        "end_offset",
        "seen_at",
        "handled",
        "repeated",
        "dead_lettered",
    ]
    list_filter = ["topic"]
    ordering = ["topic", "partition"]
