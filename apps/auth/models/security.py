"""A tenant's security rules, and who changed them. Public, for they hold before a tenant is entered."""

from django.db import models
from django.db.models.functions import Now

from apps.core.ids import new_id

from .tenants import Tenant


class SecurityRuleSet(models.Model):
    """What a tenant has decided; a tenant without a row has the defaults (`apps.auth.security.rules`).

    `version` counts the changes and is the ETag.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="security_rules")
    rules = models.JSONField()
    version = models.IntegerField()
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"version {self.version}"


class SecurityRuleChange(models.Model):
    """One change: who, when (UTC), and all rules before and after. Never changed itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="security_rule_changes")
    version = models.IntegerField()
    changed_at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=254)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "version"], name="security_rule_change_once")]

    def __str__(self) -> str:
        return f"version {self.version} by {self.actor_name}"
