"""Own roles, members narrowed to locations, and API keys for tests, written without the commands that guard them."""

from uuid import UUID

from apps.auth.commands.opening import open_session
from apps.auth.keys.secrets import make_secret
from apps.auth.models import ApiKey, ApiKeySecret, Membership, OwnRole, Tenant, User
from apps.auth.models.access import write_permissions
from apps.auth.standing import standings_changed
from apps.core import clock, tenancy
from tests.factories.api import Api

Permission = tuple[str, str]


def member(role: str, *, tenant: str = "acme", at: list[UUID] | None = None, email: str = "") -> Api:
    """A client signed in as a new member with this role, at these locations or all."""
    with tenancy.public():
        place = Tenant.objects.get(slug=tenant)
        email = email or f"{role}-{'some' if at else 'all'}@people.example"
        user = User.objects.create_user(email, None, full_name=f"Test {role}")
        Membership.objects.create(user=user, tenant=place, role=role, locations=at)
        standings_changed(tenant_id=place.id)
        joined = Membership.objects.select_related("tenant").get(user=user)
        pair = open_session(user=user, membership=joined, at=clock.now())
    return Api(host=f"{tenant}.localhost", token=pair.access)


def own_role(name: str, *permissions: Permission, tenant: str = "acme") -> str:
    """A role of the tenant's own that permits this; its name."""
    with tenancy.public():
        place = Tenant.objects.get(slug=tenant)
        OwnRole.objects.create(tenant=place, name=name, permissions=write_permissions(frozenset(permissions)))
        standings_changed(tenant_id=place.id)
    return name


def with_key(*permissions: Permission, tenant: str = "acme", at: list[UUID] | None = None) -> "KeyApi":
    """A client with an API key that permits this."""
    with tenancy.public():
        place, new = Tenant.objects.get(slug=tenant), make_secret()
        key = ApiKey.objects.create(
            tenant=place, name="North gate", permissions=write_permissions(frozenset(permissions)),
            locations=at, created_at=clock.now(),
        )  # fmt: skip
        ApiKeySecret.objects.create(key=key, prefix=new.prefix, digest=new.digest, created_at=clock.now())
    return KeyApi.of(new.clear, tenant=tenant)


class KeyApi(Api):
    """Sends an API key where others send an access token."""

    key: str = ""

    @classmethod
    def of(cls, key: str, *, tenant: str = "acme") -> "KeyApi":
        made = cls(host=f"{tenant}.localhost")
        made.key = key
        return made

    def _send(self, method, path, body, headers=None, query=None):  # type: ignore[no-untyped-def]
        given = {"authorization": f"Api-Key {self.key}", **(headers or {})}
        return super()._send(method, path, body, given, query)


def user_id(email: str) -> UUID:
    with tenancy.public():
        return User.objects.get(email=email).id
