"""Tenants and the people who act in them; all of it in the public schema."""

from .schemas import RecordedMigration, SpareSchema
from .security import SecurityRuleChange, SecurityRuleSet
from .sessions import SignInKind, SignInSession
from .signing import SigningKey
from .tenants import Domain, Tenant
from .users import Membership, User

__all__ = [
    "Domain",
    "Membership",
    "RecordedMigration",
    "SecurityRuleChange",
    "SecurityRuleSet",
    "SignInKind",
    "SignInSession",
    "SigningKey",
    "SpareSchema",
    "Tenant",
    "User",
]
