"""What other contexts may call of identity.

Pages sign people in and out by `sign_in_page` and `sign_out_page`, which count attempts and rotate the session.
"""

from .actors import actor_of_session
from .api.authentication import actor_of_token
from .api.platform import PlatformPermission
from .commands.demo import demo_staff, ensure_demo_accounts
from .commands.domains import add_domain, make_primary, remove_domain
from .commands.members import assign_role
from .commands.page_sign_in import sign_in_page, sign_out_page
from .commands.security_rules import VersionedRules, change_security_rules
from .commands.tenant_changes import TenantChanges, change_tenant
from .commands.tenant_requests import NewTenant, RequestKey, cancel_tenant, request_tenant
from .mail.sending import Attachment
from .mail.sending import send as send_mail
from .pages import member_page, page_context
from .places import register_location_lookup
from .roles import READ, WRITE, Role
from .security.addresses import address_of
from .security.queries import get_security_rules, list_security_rule_changes
from .security.rules import MOST_RANGES as MOST_IP_RANGES
from .security.rules import SecurityRules
from .sockets import NOT_SIGNED_IN, close_when_signed_out
from .standing import has_permission
from .tenant_queries import get_tenant, list_tenants
from .tenants.limits import Limit, within_limit
from .tenants.tasks import provision

__all__ = [
    "MOST_IP_RANGES",
    "NOT_SIGNED_IN",
    "READ",
    "WRITE",
    "Attachment",
    "Limit",
    "NewTenant",
    "PlatformPermission",
    "RequestKey",
    "Role",
    "SecurityRules",
    "TenantChanges",
    "VersionedRules",
    "actor_of_session",
    "actor_of_token",
    "add_domain",
    "address_of",
    "assign_role",
    "cancel_tenant",
    "change_security_rules",
    "change_tenant",
    "close_when_signed_out",
    "demo_staff",
    "ensure_demo_accounts",
    "get_security_rules",
    "get_tenant",
    "has_permission",
    "list_security_rule_changes",
    "list_tenants",
    "make_primary",
    "member_page",
    "page_context",
    "provision",
    "register_location_lookup",
    "remove_domain",
    "request_tenant",
    "send_mail",
    "sign_in_page",
    "sign_out_page",
    "within_limit",
]
