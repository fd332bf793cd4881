"""The operators that share this installation, each with a schema of its own."""

import secrets

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django_tenants.models import DomainMixin, TenantMixin

from apps.core.ids import new_id


def new_schema_name() -> str:
    """A schema name of our own making; no part of it ever comes from input."""
    return f"t_{secrets.token_hex(8)}"


class Tenant(TenantMixin):  # type: ignore[misc]  # the library is not typed
    """An operator of sites. `slug` is its short name in host names and tokens' answers.

    `currency` (ISO 4217) and `timezone` (IANA) are the defaults of its sites. `migrations_hash` says which migrations
    its schema has seen, so that a start with nothing to do asks no schema.
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
