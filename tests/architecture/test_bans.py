"""What no module of ours may do, told by its syntax tree. The why of each ban is in docs/tenancy.md and docs/adr."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
MODULES = sorted(
    path.relative_to(ROOT)
    for top in ("apps", "config")
    for path in (ROOT / top).rglob("*.py")
    if "migrations" not in path.parts
)

# A thread of Django's pool keeps the tenant of whoever used it before: apps.core.tenancy.in_thread enters and leaves.
RAW_THREADS = {"database_sync_to_async"}
# Only apps.core.tenancy enters a tenant, so that it is left again whatever happens.
RAW_TENANTS = {"schema_context", "tenant_context", "set_tenant", "set_schema", "set_schema_to_public"}
# Facts travel by publish(), in the transaction of the command.
SIGNALS = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init", "post_init"}
# Before Python 3.12 a cancellation that comes as it ends is lost, and what was to stop goes on: use asyncio.timeout.
LOSES_CANCELLATIONS = {"asyncio.wait_for"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "timezone.localdate"}

MAY = {
    "apps/core/tenancy.py": RAW_THREADS | RAW_TENANTS,
    "apps/core/db": RAW_TENANTS,
    "apps/core/clock.py": CLOCKS,
}


def names_used(source: str) -> Iterator[tuple[int, str]]:
    """Every name that is imported, called or looked up, as `name` and as `owner.name`, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
            if isinstance(node.value, ast.Name | ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                yield node.lineno, f"{owner}.{node.attr}"


def breaches(source: str, *, allowed: set[str]) -> list[str]:
    banned = (RAW_THREADS | RAW_TENANTS | SIGNALS | CLOCKS | LOSES_CANCELLATIONS) - allowed
    return sorted({f"line {line}: {name}" for line, name in names_used(source) if name in banned})


def allowed_in(module: Path) -> set[str]:
    return {name for place, names in MAY.items() if module.is_relative_to(place) for name in names}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_keeps_the_rules(module: Path) -> None:
    source = (ROOT / module).read_text()

    assert breaches(source, allowed=allowed_in(module)) == []
    assert len(source.splitlines()) <= LONGEST_FILE, f"{module} is too long: split it by use case"


@pytest.mark.parametrize(
    "source",
    [
        "from channels.db import database_sync_to_async",
        "import django_tenants.utils as u\nwith u.schema_context('x'): pass",
        "connection.set_tenant(tenant)",
        "from django.db.models.signals import post_save",
        "import datetime\nat = datetime.datetime.now(tz=datetime.UTC)",
        "from django.utils import timezone\nat = timezone.now()",
    ],
)
def test_a_breach_is_found(source: str) -> None:
    assert breaches(source, allowed=set()) != []
