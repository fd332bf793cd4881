"""People, and what they are in which tenant."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now

from apps.auth.roles import Role
from apps.core.ids import new_id

from .tenants import Tenant


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_platform_admin=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())  # kept in lower case, so that the index serves


class User(AbstractBaseUser):
    """A person with an e-mail address and a password, who may be a member of several tenants.

    A platform administrator looks after the installation: tenants and users, and no tenant's inside.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_platform_admin = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """What Django's and the admin's templates call a person."""
        return self.full_name or self.email


class ActiveMemberships(models.Manager["Membership"]):
    """Finds nobody who is shut out, so that no sign-in has to think of it."""

    def get_queryset(self) -> models.QuerySet["Membership"]:
        return super().get_queryset().filter(is_active=True)


class Membership(models.Model):
    """A person's role in a tenant, at some `locations` or (null) at all.

    `full_name` is what the tenant calls the person, empty for the person's own name. One who is not active is shut out
    of this tenant alone; only `everybody` finds the membership then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=40)
    full_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    locations = ArrayField(models.UUIDField(), null=True, blank=True)
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ActiveMemberships] = ActiveMemberships()
    everybody: ClassVar["models.Manager[Membership]"] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_once"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.OWNER.value) | models.Q(locations=None), name="owner_everywhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.tenant}"
