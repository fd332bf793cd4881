"""A tenant or platform that requires a second factor: who has none may enroll one there, and nothing else."""

from apps.auth.security.rules import SecurityRules
from apps.auth.standing import Standing
from apps.core.errors import Forbidden

_OPEN = "/api/v1/auth/mfa"
_ALSO_OPEN = ("/api/v1/auth/me", "/api/v1/auth/switch-tenant")


class MfaEnrollmentRequired(Forbidden):
    code, title = "mfa_enrollment_required", "A second factor is asked for here, and you have none yet"


def must_enroll(rules: SecurityRules, standing: Standing) -> bool:
    """Whether somebody has to enroll before anything else."""
    return rules.require_mfa and not standing.has_mfa


def is_open_to_enrolling(path: str) -> bool:
    """Whether who has to enroll may call this: the calls to do so, who they are, and to leave for another tenant."""
    return path in _ALSO_OPEN or path == _OPEN or path.startswith(f"{_OPEN}/")
