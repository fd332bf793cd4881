"""A database session of one's own, beside Django's."""

from django.db import connection
from psycopg.conninfo import make_conninfo


def dsn(*, application_name: str) -> str:
    """The address of Django's database for a connection outside of it."""
    settings = connection.settings_dict
    return make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname=settings["NAME"],
        application_name=application_name,
    )
