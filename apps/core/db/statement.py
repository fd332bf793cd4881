"""One SQL statement that is a whole command, sent in one round trip.

The gate's commands are worth it: the ORM's statements, its signals and the transaction's own messages cost four
times what the work does (`docs/adr/0003-one-statement-commands.md`). Table names are qualified with
the tenant's schema, so that no search path has to be sent; the plan is prepared by the server session after a few uses.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection, transaction

from apps.core import tenancy
from apps.core.errors import Unavailable


class Statement:
    """SQL text in which `{schema}` stands for the tenant's schema and `%(name)s` for a parameter.

    `guarded` sets a savepoint inside a transaction, so that the transaction outlives a constraint's refusal.
    """

    def __init__(self, text: str, *, guarded: bool = False) -> None:
        self.text = text
        self._guarded = guarded
        self._for_schema = lru_cache(maxsize=4096)(lambda schema: text.replace("{schema}", schema))

    def run(self, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute for the current tenant and give the rows.

        In no transaction it is one of its own. Integrity errors of psycopg pass through, for the caller names
        the fact behind a constraint. Raises Unavailable when the database cannot be reached.
        """
        if self._guarded and connection.in_atomic_block:
            with transaction.atomic():
                return self._run(parameters)
        return self._run(parameters)

    def _run(self, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        sql = self._for_schema(tenancy.current().schema)
        try:
            connection.ensure_connection()
            with psycopg.Cursor(connection.connection) as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall()
        except psycopg.OperationalError as error:
            connection.errors_occurred = True  # Django then replaces the broken session
            if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
                raise Unavailable("The database is too busy just now; try again.", retry_after_seconds=1) from error
            raise Unavailable("The database cannot be reached; try again in a moment.") from error


def violated_constraint(error: psycopg.IntegrityError) -> str:
    """The name of the constraint that refused a row."""
    return error.diag.constraint_name or ""
