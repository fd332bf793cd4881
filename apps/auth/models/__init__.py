"""Tenants and the people who act in them; all of it in the public schema."""

from .schemas import RecordedMigration, SpareSchema
from .sessions import SignInSession
from .tenants import Domain, Tenant
from .users import Membership, User

__all__ = ["Domain", "Membership", "RecordedMigration", "SignInSession", "SpareSchema", "Tenant", "User"]
