"""How people sign in beside their password, on the platform's admin: seen without secrets, taken away by commands."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core import clock
from apps.core.actor import Actor
from apps.core.admin import ReadMostlyAdmin, platform_site

from .commands.revoking import revoke_app, revoke_link, revoke_passkey
from .models import Passkey, ProviderIdentity, SecondFactor


class OfPerson(ReadMostlyAdmin):
    """Rows of a person, found by the person's address."""

    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")


@admin.register(ProviderIdentity, site=platform_site)
class ProviderIdentityAdmin(OfPerson):
    """Accounts at Google, Microsoft and GitHub that open one of ours. Deleting one ends its person's sign-ins."""

    icon = "link"
    list_display = ["user", "provider", "email", "linked_at", "last_used_at"]
    list_filter = ["provider"]
    ordering = ["user__email", "provider"]
    fields = ["id", "user", "provider", "email", "linked_at", "last_used_at"]

    def remove(self, *, row: ProviderIdentity, actor: Actor) -> None:
        revoke_link(identity_id=row.id, actor=actor, at=clock.now())


@admin.register(Passkey, site=platform_site)
class PasskeyAdmin(OfPerson):
    """Passkeys, each good at its host. Deleting one ends its person's sign-ins."""

    icon = "passkey"
    list_display = ["user", "name", "host", "created_at", "last_used_at"]
    ordering = ["user__email", "id"]
    fields = ["id", "user", "name", "rp_id", "created_at", "last_used_at"]

    @admin.display(description="host", ordering="rp_id")
    def host(self, passkey: Passkey) -> str:
        return passkey.rp_id

    def remove(self, *, row: Passkey, actor: Actor) -> None:
        revoke_passkey(passkey_id=row.id, actor=actor, at=clock.now())


@admin.register(SecondFactor, site=platform_site)
class SecondFactorAdmin(OfPerson):
    """Authenticator apps; one that is not confirmed counts for nothing. Deleting one ends its person's sign-ins."""

    icon = "phonelink_lock"
    list_display = ["user", "created_at", "confirmed_at"]
    ordering = ["user__email"]
    fields = ["user", "created_at", "confirmed_at"]

    def remove(self, *, row: SecondFactor, actor: Actor) -> None:
        revoke_app(user_id=row.user_id, actor=actor, at=clock.now())
