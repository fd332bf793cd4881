"""The operators that share this installation, each with a schema of its own."""

import secrets

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django_tenants.models import DomainMixin, TenantMixin

from apps.core.ids import new_id
from apps.core.tenancy import TenantStatus


def new_schema_name() -> str:
    """A schema name of our own making; no part of it ever comes from input."""
    return f"t_{secrets.token_hex(8)}"


class Tenant(TenantMixin):  # type: ignore[misc]  # the library is not typed
    """An operator of sites. `slug` is its short name in host names and tokens' answers.

    `currency` (ISO 4217) and `timezone` (IANA) are the defaults of its sites. `migrations_hash` says which migrations
    its schema has seen, so that a start with nothing to do asks no schema. `limits` are the plan's
    (`apps.auth.tenants.limits`); `stripe_account` is where it is paid online,
    and nobody else's; `version` counts the changes. `request_key` and `request_digest` are of the call that
    asked for the tenant, so that a repeat of it gets the same one.
    """

    auto_create_schema = False  # the library drops the schema when a signal receiver fails
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9-]{1,38}[a-z0-9]\Z")])
    name = models.CharField(max_length=200)
    schema_name = models.CharField(
        max_length=63, unique=True, default=new_schema_name, validators=[RegexValidator(r"^t_[a-z0-9]{8,40}\Z")]
    )
    currency = models.CharField(max_length=3, default="INR")
    timezone = models.CharField(max_length=64, default="UTC")
    migrations_hash = models.CharField(max_length=64, default="", editable=False)
    created_at = models.DateTimeField(db_default=Now())
    status = models.CharField(
        max_length=20,
        choices=[(one.value, one.value) for one in TenantStatus],
        default=TenantStatus.ACTIVE.value,
        db_default=TenantStatus.ACTIVE.value,
    )
    status_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    status_changed_at = models.DateTimeField(db_default=Now())
    limits = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    stripe_account = models.CharField(
        max_length=255, null=True, blank=True, unique=True, validators=[RegexValidator(r"^acct_[A-Za-z0-9]+\Z")]
    )
    version = models.IntegerField(default=1, db_default=1, editable=False)
    request_key = models.CharField(max_length=300, null=True, unique=True, editable=False)
    request_digest = models.BinaryField(null=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name under which a tenant is served."""

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return str(self.domain)
