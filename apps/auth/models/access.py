"""What a tenant grants beside the built-in roles: roles of its own, and keys for machines."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.auth.roles import Permissions
from apps.core.ids import new_id

from .tenants import Tenant
from .users import Membership, User


class OwnRole(models.Model):
    """A role of a tenant's own. `permissions` are written `resource:action`; `version` counts the changes.

    Memberships and tokens say the name, so it stays what it was given at first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="own_roles")
    name = models.CharField(max_length=40)
    permissions = ArrayField(models.CharField(max_length=60))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "role"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="own_role_once")]

    def __str__(self) -> str:
        return self.name

    def permission_set(self) -> Permissions:
        return read_permissions(self.permissions)


class ApiKey(models.Model):
    """A machine's way in: `permissions` (written `resource:action`) at `locations` (null: all), until `expires_at`.

    It is the tenant's and not its maker's: `created_by` only says who made it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    permissions = ArrayField(models.CharField(max_length=60))
    locations = ArrayField(models.UUIDField(), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["tenant", "name", "id"], name="api_key_by_name")]

    def __str__(self) -> str:
        return self.name

    def permission_set(self) -> Permissions:
        return read_permissions(self.permissions)


class ApiKeySecret(models.Model):
    """A secret of a key, found by its public `prefix`; `digest` is the SHA-256 of the whole secret.

    A key has one without `valid_until`, and, while a rotation overlaps, older ones that run out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField()
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(valid_until=None), name="api_key_one_lasting")
        ]

    def __str__(self) -> str:
        return self.prefix


def read_permissions(written: list[str]) -> Permissions:
    """Permissions from how they are stored, `resource:action`."""
    return frozenset((resource, action) for resource, _, action in (one.rpartition(":") for one in written))


def write_permissions(permissions: Permissions) -> list[str]:
    """How permissions are stored."""
    return sorted(f"{resource}:{action}" for resource, action in permissions)


class Member(Membership):
    """A membership as the tenant's own admin shows it."""

    class Meta:
        proxy = True
        verbose_name = "member"
        ordering = ["user__email"]
