"""What a schema consists of, told in words that are the same for every tenant, so that drift shows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from apps.core import tenancy

_AT_ONCE, _THREADS = 250, 3

# Every object of a schema with its definition; names of the schema itself are taken out of it, and positions of columns
# and orders of rights do not count, for they tell only of the way that a schema has come.
_OBJECTS = """
WITH named AS (
    SELECT oid, nspname, quote_ident(nspname) || '.' AS prefix, nspacl FROM pg_namespace WHERE nspname = ANY(%s)
), tables AS (
    SELECT n.nspname, n.prefix, c.* FROM pg_class c JOIN named n ON n.oid = c.relnamespace
), objects AS (
    SELECT nspname, 'schema' AS kind, ''::text AS name,
        (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(nspacl) a) AS definition FROM named
    UNION ALL SELECT nspname, 'relation', relname::text, concat_ws(' ', relkind, array_to_string(reloptions, ','),
        (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(relacl) a)) FROM tables WHERE relkind <> 'i'
    UNION ALL SELECT t.nspname, 'column', t.relname::text || '.' || a.attname,
        concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attcollation,
            replace(pg_get_expr(d.adbin, d.adrelid), t.prefix, ''),
            (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM unnest(attacl) r))
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = attnum
        WHERE t.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL SELECT t.nspname, 'constraint', t.relname::text || '.' || o.conname,
        concat_ws(' ', o.convalidated, replace(pg_get_constraintdef(o.oid), t.prefix, ''))
        FROM pg_constraint o JOIN tables t ON t.oid = o.conrelid
        WHERE o.contype <> 'n'  -- their names come from the way too; the column tells of them
    UNION ALL SELECT t.nspname, 'index', t.relname::text,
        concat_ws(' ', i.indisvalid, replace(pg_get_indexdef(t.oid), t.prefix, ''), array_to_string(t.reloptions, ','))
        FROM tables t JOIN pg_index i ON i.indexrelid = t.oid
    UNION ALL SELECT t.nspname, 'trigger', t.relname::text || '.' || g.tgname,
        concat_ws(' ', g.tgenabled, replace(pg_get_triggerdef(g.oid), t.prefix, ''))
        FROM pg_trigger g JOIN tables t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL SELECT t.nspname, 'sequence', t.relname::text,
        concat_ws(' ', q.seqtypid, q.seqstart, q.seqincrement, q.seqmax, q.seqmin, q.seqcache, q.seqcycle)
        FROM pg_sequence q JOIN tables t ON t.oid = q.seqrelid
    UNION ALL SELECT t.nspname, 'view', t.relname::text, replace(pg_get_viewdef(t.oid), t.prefix, '')
        FROM tables t WHERE t.relkind IN ('v', 'm')
    UNION ALL SELECT n.nspname, 'function', p.proname::text || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        replace(pg_get_functiondef(p.oid), n.prefix, '') FROM pg_proc p JOIN named n ON n.oid = p.pronamespace
    UNION ALL SELECT n.nspname, 'type', y.typname::text, y.typtype::text
        FROM pg_type y JOIN named n ON n.oid = y.typnamespace
        WHERE y.typtype IN ('e', 'd', 'r')
)
"""
_FINGERPRINTS = (
    _OBJECTS
    + """
SELECT nspname, md5(string_agg(concat_ws('|', kind, name, definition), chr(10) ORDER BY kind, name)) FROM objects
GROUP BY nspname
"""
)
_LISTED = _OBJECTS + "SELECT kind, name, coalesce(definition, '') FROM objects ORDER BY kind, name"


@dataclass(frozen=True)
class Difference:
    """The first object in which a schema is not as it should be; None for an object that is not there."""

    kind: str
    name: str
    wanted: str | None
    found: str | None


def fingerprints(schemas: Sequence[str]) -> dict[str, str]:
    """A fingerprint of each schema; one that is not there is left out. More than a few are looked at by threads."""
    parts = [schemas[start : start + _AT_ONCE] for start in range(0, len(schemas), _AT_ONCE)]
    if len(parts) < 2:
        return _fingerprints(schemas)
    found: dict[str, str] = {}
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="fingerprints") as threads:
        for some in threads.map(_alone, parts):
            found.update(some)
    return found


def _alone(schemas: Sequence[str]) -> dict[str, str]:
    try:
        return _fingerprints(schemas)
    finally:
        connection.close()  # this thread's; a session keeps what it has seen of each schema


def _fingerprints(schemas: Sequence[str]) -> dict[str, str]:
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(_FINGERPRINTS, [list(schemas)])
        return dict(cursor.fetchall())


def first_difference(schema: str, reference: str) -> Difference | None:
    """The first object, by kind and name, in which a schema differs from another."""
    found, wanted = _objects_of(schema), _objects_of(reference)
    for key in sorted(found.keys() | wanted.keys()):
        if found.get(key) != wanted.get(key):
            return Difference(*key, wanted=wanted.get(key), found=found.get(key))
    return None


def _objects_of(schema: str) -> dict[tuple[str, str], str]:
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(_LISTED, [[schema]])
        return {(kind, name): definition for kind, name, definition in cursor.fetchall()}
