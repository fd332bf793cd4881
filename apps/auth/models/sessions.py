"""A sign-in by token: what a refresh token belongs to."""

from django.db import models
from django.db.models.functions import Now

from apps.core.ids import new_id

from .tenants import Tenant
from .users import User


class SignInSession(models.Model):
    """One sign-in, from login to logout; all its access tokens name it and stop with it.

    `refresh_jti` is the id of the one refresh token that is not spent yet: a spent one that comes again was stolen
    from somebody, and ends the session.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="sign_ins")
    refresh_jti = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    refreshed_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M} UTC"
