"""Tenants and the people who act in them; all of it in the public schema."""

from .access import ApiKey, ApiKeySecret, Member, OwnRole
from .factors import RecoveryCode, SecondFactor
from .invitations import Invitation
from .passkeys import Passkey
from .providers import ProviderIdentity, SpentOnce
from .schemas import RecordedMigration, SpareSchema
from .security import SecurityRuleChange, SecurityRuleSet
from .sessions import SignInKind, SignInSession
from .signing import SigningKey
from .support import SupportSession
from .tenants import Domain, Tenant
from .users import Membership, User

__all__ = [
    "ApiKey",
    "ApiKeySecret",
    "Domain",
    "Invitation",
    "Member",
    "Membership",
    "OwnRole",
    "Passkey",
    "ProviderIdentity",
    "RecordedMigration",
    "RecoveryCode",
    "SecondFactor",
    "SecurityRuleChange",
    "SecurityRuleSet",
    "SignInKind",
    "SignInSession",
    "SigningKey",
    "SpareSchema",
    "SpentOnce",
    "SupportSession",
    "Tenant",
    "User",
]
