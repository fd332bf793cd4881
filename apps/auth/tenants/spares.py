"""Schemas made beforehand by the owner of the tables, so that whoever may only write rows can give one to a tenant."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models.functions import Now

from apps.auth.models import SpareSchema
from apps.auth.models.tenants import new_schema_name
from apps.core import tenancy
from apps.core.db import migrating

from .bringing_up import bring_up, make_applied_table
from .plan import load_plan
from .recordings import read_recordings
from .schemas import alone

KEPT = 3
"""So many spares wait, unless told otherwise; one takes 2 MB and is made in a fifth of a second."""

# Rivals pass by what another has taken in a transaction that is still open.
_CLAIM = """
DELETE FROM identity_spareschema WHERE schema_name = (
    SELECT schema_name FROM identity_spareschema WHERE ready_at IS NOT NULL AND migrations_hash = %s
    ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING schema_name
"""


def claim_spare() -> str | None:
    """Take a spare in the open transaction and give its schema's name; None where none is ready for this code."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [load_plan().wanted_hash])
        row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def new_schema(*, at_migrations: Collection[str] | None = None) -> Iterator[str]:
    """A schema made now, with all migrations or only those named; its name. As the owner of the tables.

    The block commits its own use of it by `take_over` in the transaction that makes it somebody's, or by `keep`. What
    is nobody's at the end is taken away again, as is, by the next maker, what a killed one has left.
    """
    with alone():
        sweep()
        schema = new_schema_name()
        with tenancy.public():
            SpareSchema.objects.create(schema_name=schema)
        try:
            _make(schema, at_migrations)
            yield schema
        finally:
            sweep()


def take_over(schema: str) -> None:
    """In the transaction that gives a new schema to a tenant: it is no spare any more."""
    SpareSchema.objects.filter(schema_name=schema).delete()


def keep(schema: str) -> None:
    """Put a new schema among the spares."""
    with tenancy.public():
        SpareSchema.objects.filter(schema_name=schema).update(ready_at=Now())


def fill_spares(*, wanted: int = KEPT, told: Callable[[str], object] = lambda schema: None) -> int:
    """Make spares until so many are ready for this code; gives how many were made."""
    made = 0
    while count_ready() < wanted:
        with new_schema() as schema:
            keep(schema)
        made += 1
        told(schema)
    return made


def count_ready() -> int:
    """Spares that this code can give to a tenant."""
    with tenancy.public():
        wanted = load_plan().wanted_hash
        return SpareSchema.objects.filter(ready_at__isnull=False, migrations_hash=wanted).count()


def sweep() -> None:
    """Take away what was begun and is nobody's. The caller is alone, so no maker of it is left."""
    with tenancy.public():
        for spare in SpareSchema.objects.filter(ready_at=None):
            migrating.drop_schema(spare.schema_name)
            spare.delete()


def _make(schema: str, at_migrations: Collection[str] | None) -> None:
    plan = load_plan()
    migrating.create_schema(schema)
    make_applied_table(schema)
    plan = plan if at_migrations is None else plan.up_to(at_migrations)
    bring_up(schema=schema, applied=(), plan=plan, recordings=read_recordings(plan))
