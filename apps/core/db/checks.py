"""System checks of the way to the database. `manage.py check --database default` and `migrate` ask the server too."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections

_HINT = "Connect directly, use the psycopg pool (DATABASE_POOL=1), or set pool_mode = session in PgBouncer."
_TRIES = 5

SHARED_SESSION = Error(
    "The database is reached through a pooler that lends one server session to several clients (transaction pooling). "
    "The search path, which says whose tables a query meets, would pass from tenant to tenant.",
    hint=_HINT,
    id="parking.E001",
)
CURSORS_OFF = Warning(
    "DISABLE_SERVER_SIDE_CURSORS is on, which is of use behind transaction pooling alone; and that mixes tenants up.",
    hint=_HINT,
    id="parking.W001",
)


@register(Tags.compatibility)
def check_cursors(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whether the settings were made for a pooler that this platform cannot work behind."""
    return [CURSORS_OFF] if connections[DEFAULT_DB_ALIAS].settings_dict["DISABLE_SERVER_SIDE_CURSORS"] else []


@register(Tags.database)
def check_sessions(app_configs: Any, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Whether two clients that are connected at the same time have two server sessions, as PostgreSQL gives them.

    An idle pooler in transaction mode hands the session that one client has just left to the next. Under load it may
    not, so silence proves nothing; an error is certain.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    parameters = dict(connections[DEFAULT_DB_ALIAS].get_connection_params())
    for ours in ("pool", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    try:
        with (
            psycopg.connect(**parameters, autocommit=True) as one,
            psycopg.connect(**parameters, autocommit=True) as two,
        ):
            shared = any(_server_session(one) == _server_session(two) for _ in range(_TRIES))
    except psycopg.OperationalError:
        return []  # whoever asked for the database will say so
    return [SHARED_SESSION] if shared else []


def _server_session(client: "psycopg.Connection[Any]") -> int:
    row = client.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])
