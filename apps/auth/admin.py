"""Tenants, people and their sign-ins, on the platform's admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.auth.commands.domains import PrimaryHost, add_domain, make_primary, remove_domain
from apps.auth.commands.ending import end_sessions_by_id
from apps.auth.commands.members import add_member, change_role, deactivate_user, reactivate_user, remove_member
from apps.auth.commands.tenant_changes import TenantChanges, change_tenant
from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, platform_site

from . import tenant_admin, ways_in_admin  # noqa: F401  # register themselves on their sites
from .models import Domain, Membership, SignInSession, Tenant, User
from .support import admin as support_admin  # noqa: F401  # on both


@admin.register(Tenant, site=platform_site)
class TenantAdmin(ReadMostlyAdmin):
    """The operators. One is made by POST rules/tenants or on the server; here it is changed, suspended and closed."""

    icon = "domain"
    list_display = ["name", "slug", "status", "currency", "timezone", "schema_name", "created_at"]
    list_filter = ["status"]
    search_fields = ["name", "slug", "schema_name"]
    list_before_template = "admin/identity/tenants_are_made_by_command.html"
    fields = [
        "id", "slug", "name", "currency", "timezone", "limits", "stripe_account", "status", "status_reason",
        "status_changed_at",
    ]  # fmt: skip
    writable = ("name", "timezone", "limits", "stripe_account", "status", "status_reason")

    def change(self, *, row: Tenant, fields: Fields, changed: list[str], actor: Actor) -> None:
        given = {name: fields[name] for name in changed if name != "status_reason"}
        if "stripe_account" in given:
            given["stripe_account"] = given["stripe_account"] or ""
        reason = fields["status_reason"] if {"status", "status_reason"} & set(changed) else None
        change_tenant(tenant_id=row.id, changes=TenantChanges(**given, reason=reason), at=clock.now())


@admin.register(Domain, site=platform_site)
class DomainAdmin(ReadMostlyAdmin):
    """Which host name is whose."""

    icon = "language"
    list_display = ["domain", "tenant", "is_primary"]
    list_select_related = ["tenant"]
    search_fields = ["domain", "tenant__name"]
    autocomplete_fields = ["tenant"]
    writable = ("is_primary",)
    writable_first = ("domain", "tenant", "is_primary")

    def create(self, *, fields: Fields, actor: Actor) -> Domain:
        return add_domain(tenant_id=fields["tenant"].id, host=fields["domain"], primary=fields["is_primary"])

    def change(self, *, row: Domain, fields: Fields, changed: list[str], actor: Actor) -> None:
        if not fields["is_primary"]:
            raise PrimaryHost("Make another host the main one instead.")
        make_primary(tenant_id=row.tenant_id, host=row.domain)

    def remove(self, *, row: Domain, actor: Actor) -> None:
        remove_domain(tenant_id=row.tenant_id, host=row.domain)


@admin.register(User, site=platform_site)
class UserAdmin(ReadMostlyAdmin):
    """People. Taking `active` away ends all that they are signed in to."""

    icon = "person"
    list_display = ["email", "full_name", "is_active", "is_platform_admin", "last_login"]
    list_filter = ["is_active", "is_platform_admin"]
    search_fields = ["email", "full_name"]
    fields = ["id", "email", "full_name", "is_active", "is_platform_admin", "last_login", "created_at"]
    writable = ("is_active",)

    def change(self, *, row: User, fields: Fields, changed: list[str], actor: Actor) -> None:
        if fields["is_active"]:
            reactivate_user(user_id=row.id)
        else:
            deactivate_user(user_id=row.id, at=clock.now())


@admin.register(Membership, site=platform_site)
class MembershipAdmin(ReadMostlyAdmin):
    """Who is what where. A new role counts from the next request."""

    icon = "badge"
    list_display = ["user", "tenant", "role", "is_active", "created_at"]
    list_select_related = ["user", "tenant"]
    list_filter = ["role"]
    search_fields = ["user__email", "tenant__name", "tenant__slug"]
    autocomplete_fields = ["user", "tenant"]
    writable = ("role",)
    writable_first = ("user", "tenant", "role")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.everybody.order_by("tenant__slug", "user__email")

    def create(self, *, fields: Fields, actor: Actor) -> Membership:
        return add_member(user_id=fields["user"].id, tenant_id=fields["tenant"].id, role=fields["role"], actor=actor)

    def change(self, *, row: Membership, fields: Fields, changed: list[str], actor: Actor) -> None:
        change_role(membership_id=row.id, role=fields["role"], actor=actor, at=clock.now())

    def remove(self, *, row: Membership, actor: Actor) -> None:
        remove_member(membership_id=row.id, actor=actor, at=clock.now())


@admin.register(SignInSession, site=platform_site)
class SignInSessionAdmin(ReadMostlyAdmin):
    """Sign-ins by token, newest first."""

    icon = "key"
    endless = True
    list_display = ["user", "tenant", "created_at", "refreshed_at", "expires_at", "ended_at", "ended_why"]
    list_select_related = ["user", "tenant"]
    search_fields = ["user__email"]
    fields = ["id", "user", "tenant", "created_at", "refreshed_at", "expires_at", "ended_at", "ended_why"]
    ordering = ["-created_at"]
    actions = ["end"]

    @admin.action(description="End these sign-ins")
    def end(self, request: HttpRequest, chosen: QuerySet[SignInSession]) -> None:
        """Their access tokens stop with the next request."""
        ids: list[Any] = list(chosen.values_list("id", flat=True))
        count = end_sessions_by_id(session_ids=ids, why="ended by the platform", at=clock.now())
        self.message_user(request, f"{count} sign-in(s) ended.")
