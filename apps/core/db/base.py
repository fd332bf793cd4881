"""The database backend: django-tenants', with the tenant read from `apps.core.tenancy` instead of set on it.

The library keeps the tenant on the connection, where an event loop, a thread pool or a forgotten call leaves
the last one behind. Here the search path is derived from the ContextVar before each cursor, sent only when it
differs from what this server session last applied, and verified in the same round trip.
"""

import select
from typing import Any

from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsDatabaseWrapper
from django_tenants.postgresql_backend.base import original_backend
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection

from apps.core import tenancy

assert is_psycopg3, "psycopg 3 is required"

_SWITCH = "SELECT set_config('search_path', %s, false), current_schema()"


class TenantSchemaMissing(RuntimeError):
    """The schema is not there; without this check its queries would fall through to `public`."""


class DatabaseWrapper(TenantsDatabaseWrapper):  # type: ignore[misc]  # the library is not typed
    """PostgreSQL with a schema per tenant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        original_backend.DatabaseWrapper.__init__(self, *args, **kwargs)
        self.introspection = DatabaseSchemaIntrospection(self)
        self.settings_dict.setdefault("SCHEMA", tenancy.PUBLIC_SCHEMA)
        self.begins_for_statements = False

    @property
    def schema_name(self) -> str:
        """What django-tenants' router and introspection ask."""
        return tenancy.scope().search_path[0]

    @property
    def tenant(self) -> tenancy.TenantRef | None:
        return tenancy.find_current()

    def set_tenant(self, tenant: object, include_public: bool = True) -> None:
        raise RuntimeError("enter a tenant by apps.core.tenancy.enter(), the only way in")

    def set_schema_to_public(self) -> None:
        raise RuntimeError("enter the public schema by apps.core.tenancy.public(), the only way in")

    def close(self) -> None:
        self._forget_what_a_rollback_undoes()
        original_backend.DatabaseWrapper.close(self)

    def rollback(self) -> None:
        self._forget_what_a_rollback_undoes()
        original_backend.DatabaseWrapper.rollback(self)

    def savepoint_rollback(self, sid: str) -> None:
        original_backend.DatabaseWrapper.savepoint_rollback(self, sid)
        self._forget_what_a_rollback_undoes()

    def _set_autocommit(self, autocommit: bool) -> None:
        # Sent before BEGIN, the search path outlives every rollback: also the server's answer to the COMMIT of a failed
        # transaction, and the pool's when a session comes back with its transaction open.
        if autocommit:
            self._forget_what_a_rollback_undoes()
        elif not self.begins_for_statements:
            self._meet_tenant()
        original_backend.DatabaseWrapper._set_autocommit(self, autocommit)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        session = original_backend.DatabaseWrapper.get_new_connection(self, conn_params)
        session.prepared_max = self.settings_dict.get("PREPARED_STATEMENTS", session.prepared_max)
        return session

    def is_usable(self) -> bool:
        # Asked in each request. Django's own query would cost a round trip of its own; a session that the server has
        # ended has something to read on its socket (why, then the end), and one that waits for work has nothing.
        if self.errors_occurred:
            return bool(original_backend.DatabaseWrapper.is_usable(self))
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0)

    def _forget_what_a_rollback_undoes(self) -> None:
        if self.connection is not None and getattr(self.connection, "search_path_sent_in_transaction", False):
            self.connection.applied_search_path = None
            self.connection.search_path_sent_in_transaction = False

    def _cursor(self, name: str | None = None) -> Any:
        cursor = original_backend.DatabaseWrapper._cursor(self, name)
        if not self.needs_rollback:
            self._meet_tenant()
        return cursor

    def _meet_tenant(self) -> None:
        """Send the search path that is entered now, unless this server session has it already."""
        session, wanted = self.connection, tenancy.scope().search_path
        if getattr(session, "applied_search_path", None) == wanted:
            return
        session.applied_search_path = None
        session.search_path_sent_in_transaction = not session.autocommit
        with self.wrap_database_errors, session.cursor() as switch:
            switch.execute(_SWITCH, [", ".join(f'"{schema}"' for schema in wanted)])
            found = switch.fetchone()[1]
        if found != wanted[0]:
            raise TenantSchemaMissing(f"schema {wanted[0]} does not exist")
        session.applied_search_path = wanted
