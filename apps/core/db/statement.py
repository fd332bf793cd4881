"""One SQL statement that is a whole command, sent in one round trip.

The gate's commands are worth it: the ORM's statements, its signals and the transaction's own messages cost four
times what the work does (`docs/adr/0003-one-statement-commands.md`). Table names are qualified with
the tenant's schema, so that no search path has to be sent; the plan is prepared by the server session after a few uses.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from apps.core import tenancy
from apps.core.errors import Unavailable


class Statement:
    """SQL text in which `{schema}` stands for the tenant's schema and `%(name)s` for a parameter.

    `guarded` sets a savepoint inside a transaction, so that the transaction outlives a constraint's refusal. `binary`
    asks for the rows in the binary format: where there are many, Django's way to read an instant's text costs most.
    """

    def __init__(self, text: str, *, guarded: bool = False, binary: bool = False) -> None:
        self.text = text
        self._guarded, self._binary = guarded, binary
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
        database = connections[DEFAULT_DB_ALIAS]  # one look-up; `connection` makes one for each attribute
        try:
            database.close_if_health_check_failed()
            database.ensure_connection()
            with psycopg.Cursor(database.connection) as cursor:
                cursor.execute(sql, parameters, binary=self._binary)
                return cursor.fetchall()
        except psycopg.OperationalError as error:
            database.errors_occurred = True  # Django then replaces the broken session
            if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
                raise Unavailable("The database is too busy just now; try again.", retry_after_seconds=1) from error
            raise Unavailable("The database cannot be reached; try again in a moment.") from error


@contextmanager
def together() -> Iterator[None]:
    """One transaction for statements alone: `transaction.atomic()` without sending the tenant's search path first.

    Whatever else is asked inside sends it then.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    with ExitStack() as block:
        database.begins_for_statements = True
        try:
            block.enter_context(transaction.atomic())
        finally:
            database.begins_for_statements = False
        yield


def violated_constraint(error: psycopg.IntegrityError) -> str:
    """The name of the constraint that refused a row."""
    return error.diag.constraint_name or ""
