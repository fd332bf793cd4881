"""The admin: the platform's site and the tenants', read-mostly, by the permission table."""

from .read_mostly import Fields, ReadMostlyAdmin
from .sites import actor_of, platform_site, tenant_site

from . import kernel  # isort: skip  # registers the kernel's own tables, which takes all of the above
from apps.core.audit import admin as audit  # isort: skip  # and so does the trail

__all__ = ["Fields", "ReadMostlyAdmin", "actor_of", "audit", "kernel", "platform_site", "tenant_site"]
