"""The tenants and accounts of a demonstration, all with one known password."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from apps.auth import directory
from apps.auth.models import Membership, Tenant, User
from apps.auth.roles import Role
from apps.core import tenancy
from apps.core.actor import Actor, ActorKind
from apps.core.errors import Forbidden
from apps.core.tenancy import TenantRef

from .tenants import create_tenant

PASSWORD = "parking-demo"
PLATFORM_ADMIN = "root@parking.example"
CASHIER = "cashier"
# slug, name, currency, time zone, who has an account: name@slug.example, the name being that of the role
TENANTS = (
    ("acme", "Acme", "INR", "Asia/Kolkata", (Role.OWNER, Role.MANAGER, Role.OPERATOR, CASHIER)),
    ("globex", "Globex", "EUR", "Europe/Amsterdam", (Role.OWNER, CASHIER)),
)
_ROLES = {CASHIER: Role.OPERATOR}  # who works at the till, beside who works at the gate


class DemoModeOff(Forbidden):
    code, title = "demo_mode_off", "Demo accounts are for demo mode alone"


def ensure_demo_accounts(*, at: datetime) -> list[TenantRef]:
    """Make the demo tenants and accounts that are not there yet, and give the tenants. What exists stays as it is.

    Runs with the database role that owns the tables. Raises DemoModeOff outside demo mode.
    """
    if not settings.DEMO_MODE:
        raise DemoModeOff("Their password is known to everybody: set PARKING_DEMO=1, and never in production.")
    with tenancy.public():
        _ensure_user(PLATFORM_ADMIN, "Root", at=at, is_platform_admin=True)
    return [_ensure_tenant(*words, at=at) for words in TENANTS]


def demo_staff(*, tenant: TenantRef) -> dict[str, Actor]:
    """The tenant's demo accounts by their names, as the actors that they are when signed in."""
    addresses = Q(user__email__endswith=f"@{tenant.slug}.example")
    with tenancy.public():
        members = list(Membership.objects.filter(addresses, tenant_id=tenant.id).select_related("user"))
    return {
        member.user.email.partition("@")[0]: Actor(
            kind=ActorKind.USER,
            id=member.user_id,
            name=member.user.full_name or member.user.email,
            role=member.role,
            tenant_id=tenant.id,
        )
        for member in members
    }


def _ensure_tenant(
    slug: str, name: str, currency: str, timezone: str, accounts: tuple[str, ...], *, at: datetime
) -> TenantRef:
    with tenancy.public():
        tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        create_tenant(slug=slug, name=name, host=f"{slug}.localhost", currency=currency, timezone=timezone)
    with tenancy.public():
        tenant = Tenant.objects.get(slug=slug)
        for account in accounts:
            user = _ensure_user(f"{account}@{slug}.example", f"{account.title()} of {name}", at=at)
            role = _ROLES.get(account, account)
            Membership.objects.get_or_create(user=user, tenant=tenant, defaults={"role": role})
    return directory.as_ref(tenant)


def _ensure_user(email: str, full_name: str, *, at: datetime, is_platform_admin: bool = False) -> User:
    user = User.objects.filter(email=email).first()
    if user is not None:
        return user
    return User.objects.create_user(
        email, PASSWORD, full_name=full_name, created_at=at, is_platform_admin=is_platform_admin
    )
