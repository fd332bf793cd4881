"""Bringing one schema up to the plan: recorded SQL in one round trip, Django for what cannot be recorded."""

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby

from django.db import connection, transaction
from psycopg import sql

from apps.core import tenancy
from apps.core.db.migrating import grants_sql

from .plan import Plan, Step, hash_of
from .recordings import Recordings, applied_table_sql, run_by_django

LOCK_TIMEOUT = "3s"
_one_at_a_time = threading.Lock()  # Django's migrations share the models' states, and Python's time anyway

# A crash of the machine may take the last of these commits back, each whole and with its hash: then it is done again.
_BEGIN = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL synchronous_commit = off"
# What a commit between two migrations would check; else a change of a table meets checks that still wait
_BETWEEN = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
_MAKES = re.compile(r"\b(CREATE|IDENTITY|SERIAL)\b", re.IGNORECASE)
_GRANTED_FROM = "core.0004_audit"  # the last of the tables that rights are taken from by name
_REGISTER = """
UPDATE public.identity_spareschema SET migrations_hash = {hash} WHERE schema_name = {schema};
UPDATE public.identity_tenant SET migrations_hash = {hash} WHERE schema_name = {schema}
"""


def bring_up(*, schema: str, applied: Collection[str], plan: Plan, recordings: Recordings) -> None:
    """Run what a schema lacks, each part in a transaction with the note of it: a kill leaves a whole number of parts.

    Raises what the database refuses, and LockNotAvailable after three seconds behind somebody's lock.
    """
    missing, seen = plan.missing(applied), set(applied)
    ungranted = False

    def finish(steps: Sequence[Step], statements: Iterable[str]) -> str:
        """The note of these steps, and the rights of the application's role on what they made.

        Nothing else is granted for: a grant on all tables of a schema looks at those of all schemas.
        """
        nonlocal ungranted
        ungranted = ungranted or any(map(_MAKES.search, statements))
        seen.update(step.label for step in steps)
        note = register_sql(schema, seen)
        if not ungranted or _GRANTED_FROM not in seen:
            return note
        ungranted = False
        return f"{grants_sql(schema)};\n{note}"

    for recorded, group in groupby(missing, lambda step: step.label in recordings):
        steps = list(group)
        if recorded:
            texts = list(_texts(steps, recordings))
            _replay(schema, "\n;\n".join([*texts, finish(steps, texts)]))
            continue
        for step in steps:
            with _one_at_a_time:
                run_by_django(schema=schema, step=step, plan=plan, finish=partial(finish, [step]))
    if not missing:  # a kill came between Django's own note and ours, which a step that is not atomic allows
        _replay(schema, f"{grants_sql(schema)};\n{register_sql(schema, seen)}")


def make_applied_table(schema: str) -> None:
    """Give an empty schema its own table of applied migrations; the one of `public` would be found behind it."""
    _replay(schema, "\n;\n".join(applied_table_sql()))


def register_sql(schema: str, seen: Collection[str]) -> str:
    """The registry's note of what a schema has seen, be it a tenant's or a spare."""
    names = {"hash": sql.Literal(hash_of(seen)), "schema": sql.Literal(schema)}
    return sql.SQL(_REGISTER).format(**names).as_string()


def _texts(steps: Sequence[Step], recordings: Recordings) -> Iterator[str]:
    for step in steps:
        yield from recordings[step.label]
        yield _BETWEEN
    rows = [sql.SQL("({}, {}, now())").format(step.migration.app_label, step.migration.name) for step in steps]
    insert = sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES {}").format(sql.SQL(", ").join(rows))
    yield insert.as_string()


def _replay(schema: str, text: str) -> None:
    with tenancy.schema_and_public(schema), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{_BEGIN};\n{text}")
