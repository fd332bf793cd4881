"""About the installation, and so no tenant's: its owner may neither look nor touch, be it at their own tenant."""

from .attempts import Attempt

PLATFORM_TRIES = {
    ("POST", "auth/support-sessions"): "auth/support-sessions",
    ("DELETE", "auth/support-sessions/<uuid:support_id>"): "auth/support-sessions/{entry}",
    ("GET", "rules/tenants"): "rules/tenants",
    ("POST", "rules/tenants"): "rules/tenants",
    ("GET", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("PATCH", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("DELETE", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("POST", "rules/tenants/<uuid:tenant_id>/hosts"): "rules/tenants/{tenant}/hosts",
    ("PUT", "rules/tenants/<uuid:tenant_id>/hosts/<str:host>"): "rules/tenants/{tenant}/hosts/acme.localhost",
    ("DELETE", "rules/tenants/<uuid:tenant_id>/hosts/<str:host>"): "rules/tenants/{tenant}/hosts/acme.localhost",
}
TRIES = {call: [Attempt(path, 403, "not_permitted", {})] for call, path in PLATFORM_TRIES.items()}
