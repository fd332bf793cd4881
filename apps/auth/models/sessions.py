"""A sign-in: what a refresh token or a page's cookie belongs to."""

from django.db import models
from django.db.models.functions import Now

from apps.core.ids import new_id

from .tenants import Tenant
from .users import User


class SignInKind(models.TextChoices):
    """By which a sign-in shows itself: a pair of tokens, the cookie of our pages, or a support session's token."""

    TOKEN = "token"
    PAGE = "page"
    SUPPORT = "support"


class SignInSession(models.Model):
    """One sign-in, from login to logout; all its access tokens name it and stop with it, as does its cookie.

    `refresh_jti` is the id of the one refresh token that is not spent yet: a spent one that comes again was stolen
    from somebody, and ends the session. `spent_jti` and `retry_digest` are of the refresh before, for a client that
    lost the answer (`commands.refreshing`). `last_used_at` is at most a minute behind. `address` is where the sign-in
    came from, `network` the same as attempts are counted by. `end_untold` marks an end that Redis has not heard of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="sign_ins")
    kind = models.CharField(
        max_length=10, choices=SignInKind.choices, default=SignInKind.TOKEN, db_default=SignInKind.TOKEN
    )
    refresh_jti = models.UUIDField()
    spent_jti = models.UUIDField(null=True)
    retry_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    refreshed_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=40, blank=True)
    end_untold = models.BooleanField(default=False, db_default=False)
    address = models.CharField(max_length=45, blank=True, default="", db_default="")
    network = models.CharField(max_length=49, blank=True, default="", db_default="")
    client = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(end_untold=True), name="sign_in_end_untold"),
            models.Index(fields=["expires_at"], name="sign_in_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M} UTC"
