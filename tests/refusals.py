"""What a refusal must look like, and that it left nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.core import tenancy
from tests.factories.api import Reply

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "correlationId"}

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND (table_schema ~ '^t_' OR table_name LIKE 'core_shared_%' OR table_name IN (
    'identity_membership', 'identity_ownrole', 'identity_apikey', 'identity_apikeysecret', 'identity_provideridentity',
    'identity_passkey'))
ORDER BY 1, 2
"""
_CONTENT = """
SELECT '{0}.{1}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM "{0}"."{1}" t
"""
_TRAILS = (
    "core_auditentry",
    "core_shared_platformaudit",
)  # where refusals and looks leave their trace, and nothing else


def everything_written() -> dict[str, tuple[int, str]]:
    """Every table of every tenant, the outbox and deadlines of all, members, roles and keys: rows and a fingerprint."""
    with tenancy.public(), connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.execute(" UNION ALL ".join(_content(*table) for table in cursor.fetchall()))
        return {table: (count, content) for table, count, content in cursor.fetchall()}


def _content(schema: str, table: str) -> str:
    return _CONTENT.format(schema, table) + ("WHERE outcome = 'done'" if table in _TRAILS else "")


@contextmanager
def nothing_written() -> Iterator[None]:
    """No row of any tenant is added, changed or removed within."""
    before = everything_written()
    yield
    after = everything_written()
    assert {table for table in after if after[table] != before.get(table)} == set()


def assert_problem(reply: Reply, status: int, code: str, /, **errors: str) -> dict[str, Any]:
    """A problem document (RFC 9457) of this status and code, naming these fields with these codes; gives it."""
    assert reply.status == status, reply
    assert reply["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = reply.json
    assert problem.keys() >= MEMBERS
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem["type"] == f"urn:parking:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["correlationId"] == reply["X-Correlation-Id"]
    named = {error["field"]: error["code"] for error in problem["errors"]}
    assert named.items() >= errors.items(), named
    assert all(error["message"] for error in problem["errors"])
    return problem
