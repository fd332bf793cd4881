"""The tenants as the relay knows them: looked up once, and anew every few seconds beside its batches."""

import asyncio

import structlog
from django.db import connection

from apps.core import tenancy
from apps.core.tenancy import TenantRef

log = structlog.get_logger(__name__)

FRESH_SECONDS = 10.0


class KnownTenants:
    """Tenants by schema. One that is renamed or gone is noticed within FRESH_SECONDS."""

    def __init__(self) -> None:
        self._known: dict[str, TenantRef] = {}

    async def of(self, schemas: set[str]) -> dict[str, TenantRef]:
        """The tenants of these schemas; one that is not found is left out, and asked for again the next time."""
        if unknown := schemas - self._known.keys():
            self._known |= await asyncio.to_thread(_find, unknown)
        return {schema: self._known[schema] for schema in schemas if schema in self._known}

    async def keep_fresh(self) -> None:
        """Until cancelled: look all of them up again and again."""
        while True:
            try:
                self._known = await asyncio.to_thread(_find_all)
            except Exception as error:  # the relay notices by itself that the database is away
                log.warning("tenants_not_refreshed", error=repr(error))
            await asyncio.sleep(FRESH_SECONDS)


def _find(schemas: set[str]) -> dict[str, TenantRef]:
    try:
        found = {schema: tenancy.directory().by_schema(schema) for schema in schemas}
    finally:
        connection.close()
    return {schema: tenant for schema, tenant in found.items() if tenant is not None}


def _find_all() -> dict[str, TenantRef]:
    try:
        return {tenant.schema: tenant for tenant in tenancy.directory().all()}
    finally:
        connection.close()
