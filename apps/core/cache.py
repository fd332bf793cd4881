"""Cache keys carry the tenant, so that one tenant's entry is never another's answer."""

from . import tenancy


def tenant_key(key: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION. Raises NoTenant outside a tenant, but in the public schema."""
    tenant = tenancy.find_current()
    if tenant is None:
        if tenancy.scope().search_path != (tenancy.PUBLIC_SCHEMA,):
            raise tenancy.NoTenant(f"cache key {key!r} outside of any tenant")
        return f"public:{prefix}:{version}:{key}"
    return f"{tenant.schema}:{prefix}:{version}:{key}"
