"""Tenants and the people who act in them; all of it in the public schema."""

from .sessions import SignInSession
from .tenants import Domain, Tenant
from .users import Membership, User

__all__ = ["Domain", "Membership", "SignInSession", "Tenant", "User"]
