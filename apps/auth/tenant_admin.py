"""Members, own roles and keys on the tenant's admin. Their tables are public: each page shows the tenant's own rows."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core import clock, tenancy
from apps.core.actor import Actor
from apps.core.admin import Fields, ReadMostlyAdmin, actor_of, tenant_site
from apps.core.errors import DomainError

from .commands.admitting import Newcomer, admit_person
from .commands.api_keys import revoke_api_key
from .commands.members import MemberChanges, change_member, change_role, remove_member
from .commands.own_roles import change_role_permissions, create_role, delete_role
from .mfa.resetting import reset_mfa_of_member
from .models import ApiKey, Member, OwnRole, Passkey, SecondFactor
from .models.access import read_permissions
from .places import known_locations
from .queries import list_own_roles
from .roles import FOR_OWN_ROLES, Role


class OfTenant(ReadMostlyAdmin):
    """Rows of a public table that belong to the tenant entered."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.model._base_manager.filter(tenant_id=tenancy.current().id)
        return cast("QuerySet[Any]", rows.order_by(*self.get_ordering(request)))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Any], done: str, command: Callable[[Any, Actor], None]
    ) -> None:
        """Call a command for each row that was ticked; what it refuses for one stops no other."""
        actor = actor_of(request)
        assert actor is not None
        for row in chosen:
            try:
                command(row, actor)
                self.message_user(request, f"{row}: {done}.")
            except DomainError as refusal:
                self.message_user(request, f"{row}: {refusal.detail}", level="ERROR")


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A member: found by e-mail address when new, then changed."""

    email = forms.EmailField(required=False, widget=UnfoldAdminTextInputWidget)
    role = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    places = forms.CharField(
        required=False,
        label="Locations",
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="ids of locations, a line each; empty for all",
    )

    class Meta:
        model = Member
        fields = ["role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [role.name for role in list_own_roles(tenant_id=tenancy.current().id)]
        if "role" in self.fields:
            cast("forms.ChoiceField", self.fields["role"]).choices = [(name, name) for name in [*Role, *own]]
        self.initial["places"] = "\n".join(str(place) for place in self.instance.locations or ())

    def clean_places(self) -> frozenset[UUID] | None:
        try:
            given = [UUID(line) for line in self.cleaned_data["places"].split()]
            return known_locations(given or None)
        except ValueError as error:
            raise forms.ValidationError("Write one id of a location a line.") from error
        except DomainError as refusal:
            raise forms.ValidationError(refusal.detail) from refusal


@admin.register(Member, site=tenant_site)
class MemberAdmin(OfTenant):
    """Who is what here, and where. A change ends the member's sign-ins in this tenant."""

    resource = "members"
    icon = "badge"
    form = MemberForm
    list_display = ["user", "called", "role", "narrowed", "is_active", "second_factor", "created_at"]
    list_select_related = ["user"]
    actions = ["reset_second_factor"]
    search_fields = ["user__email", "full_name"]
    ordering = ["user__email"]
    fields = ["user", "full_name", "role", "places", "is_active", "created_at"]
    writable = ("full_name", "role", "places", "is_active")
    writable_first = ("email", "full_name", "role", "places")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        app = SecondFactor.objects.filter(user_id=OuterRef("user_id"), confirmed_at__isnull=False)
        passkey = Passkey.objects.filter(user_id=OuterRef("user_id"))
        members = super().get_queryset(request).annotate(has_factor=Exists(app) | Exists(passkey))
        return cast("QuerySet[Any]", members)

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, member: Any) -> bool:
        return bool(member.has_factor)

    @admin.display(description="name")
    def called(self, member: Member) -> str:
        return member.full_name or member.user.full_name

    @admin.display(description="locations")
    def narrowed(self, member: Member) -> str:
        return "all" if member.locations is None else str(len(member.locations))

    def create(self, *, fields: Fields, actor: Actor) -> Any:
        person = Newcomer(
            email=fields["email"], full_name=fields["full_name"], role=fields["role"], locations=fields["places"]
        )
        return admit_person(person=person, tenant_id=tenancy.current().id, actor=actor)

    def change(self, *, row: Member, fields: Fields, changed: list[str], actor: Actor) -> None:
        at = clock.now()
        if "role" in changed:
            change_role(membership_id=row.id, role=fields["role"], actor=actor, at=at)
        if set(changed) - {"role"}:
            changes = MemberChanges(
                full_name=fields["full_name"], is_active=fields["is_active"], locations=fields["places"]
            )
            change_member(membership_id=row.id, changes=changes, actor=actor, at=at)

    def remove(self, *, row: Member, actor: Actor) -> None:
        remove_member(membership_id=row.id, actor=actor, at=clock.now())

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "write")

    @admin.action(description="Take away the second factor", permissions=["reset"])
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[Member]) -> None:
        """For who has lost theirs; all their sign-ins end."""
        self._each(
            request, chosen, "taken away", lambda member, actor: reset_mfa_of_member(
                user_id=member.user_id, tenant_id=member.tenant_id, actor=actor, at=clock.now()
            ),
        )  # fmt: skip


class OwnRoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role's permissions to tick; `seen_version` is the one that the form was made of."""

    permissions = forms.MultipleChoiceField(
        choices=[(one, one) for one in sorted(f"{resource}:{action}" for resource, action in FOR_OWN_ROLES)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = OwnRole
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = self.instance.version
        if self.instance.permissions:
            self.initial["permissions"] = self.instance.permissions


@admin.register(OwnRole, site=tenant_site)
class OwnRoleAdmin(OfTenant):
    """The tenant's own roles. Who changes one holds all that it permits."""

    resource = "roles"
    icon = "shield_person"
    form = OwnRoleForm
    list_display = ["name", "permits", "version", "created_at"]
    ordering = ["name"]
    fields = ["name", "permissions", "version", "created_at", "seen_version"]
    writable = ("permissions", "seen_version")
    writable_first = ("name", "permissions")

    @admin.display(description="permits")
    def permits(self, role: OwnRole) -> str:
        return ", ".join(role.permissions)

    def create(self, *, fields: Fields, actor: Actor) -> OwnRole:
        permissions = read_permissions(fields["permissions"])
        return create_role(tenant_id=tenancy.current().id, name=fields["name"], permissions=permissions, actor=actor)

    def change(self, *, row: OwnRole, fields: Fields, changed: list[str], actor: Actor) -> None:
        change_role_permissions(
            tenant_id=row.tenant_id,
            name=row.name,
            permissions=read_permissions(fields["permissions"]),
            expected_version=fields["seen_version"],
            actor=actor,
        )

    def remove(self, *, row: OwnRole, actor: Actor) -> None:
        delete_role(tenant_id=row.tenant_id, name=row.name, actor=actor)


@admin.register(ApiKey, site=tenant_site)
class ApiKeyAdmin(OfTenant):
    """Machines' ways in. They are made by POST auth/api-keys, whose answer alone shows the secret."""

    resource = "api-keys"
    icon = "vpn_key"
    list_display = ["name", "permits", "created_by", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["created_by"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    fields = [
        "id", "name", "permits", "locations", "created_by", "created_at", "expires_at", "last_used_at", "revoked_at",
    ]  # fmt: skip
    actions = ["revoke"]

    @admin.display(description="permits")
    def permits(self, key: ApiKey) -> str:
        return ", ".join(key.permissions)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "write")

    @admin.action(description="Revoke these keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """They are refused from the next request on."""
        self._each(
            request, chosen, "revoked", lambda key, actor: revoke_api_key(
                tenant_id=key.tenant_id, key_id=key.id, actor=actor, at=clock.now()
            ),
        )  # fmt: skip
