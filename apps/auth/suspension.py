"""A suspended tenant is read and not written."""

from apps.core import tenancy
from apps.core.errors import Forbidden
from apps.core.tenancy import TenantStatus


class TenantSuspended(Forbidden):
    code, title = "tenant_suspended", "This tenant is suspended"


def is_writable() -> bool:
    """Whether the tenant that is entered may be written; where none is entered, nothing of one is."""
    tenant = tenancy.find_current()
    return tenant is None or tenant.status == TenantStatus.ACTIVE


def require_writable() -> None:
    """Raise TenantSuspended where the tenant that is entered may only be read."""
    if not is_writable():
        raise TenantSuspended("It can be read and not changed just now; ask the platform.")
