"""What is put together into SQL is our own: constants, and the few names below. Values go as parameters.

ruff's S608 warns of every f-string that reads like SQL, whatever is put into it; this reads what that is.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.test_bans import MODULES, ROOT

READS_LIKE_SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|JOIN|CREATE|ALTER|DROP|GRANT|REVOKE|COPY|TRUNCATE|SET)\b"
)
A_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")

OURS = {
    # the callers, in the same file, name table and columns as literals
    "apps/billing/commands/past_charges.py": {"table", "', '.join(columns)"},
    "apps/parking/simulation/history.py": {"table", "columns"},
    # the platform's trail or a tenant's, by a schema name that was made by us; and as many %s as there are values
    "apps/core/audit/recording.py": {"table", "', '.join(['%s'] * len(values))"},
    # names of a model's table and fields
    "apps/reports/handlers/sums.py": {"name", "', '.join(columns)", "arrays", "', '.join(key)", "grown"},
    # the loops over literals that it stands in
    "config/launcher/postgres.py": {"extension", "role", "options"},
}


def put_into_sql(source: str) -> Iterator[tuple[int, ast.expr]]:
    """What is put into each text that reads like SQL, with its line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.JoinedStr(values=parts):
                text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
                put_in = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
            case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod() | ast.Add(), right=value):
                put_in = [value]
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format" | "join")):
                put_in = [*node.args, *(keyword.value for keyword in node.keywords)]
            case _:
                continue
        if READS_LIKE_SQL.search(text):
            yield from ((node.lineno, value) for value in put_in)


def is_made_of_constants(value: ast.expr) -> bool:
    """Whether all that it names are constants, a class's or a module's too, or what a comprehension takes from them."""
    taken = {
        name.id
        for part in ast.walk(value)
        if isinstance(part, ast.comprehension)
        for name in ast.walk(part.target)
        if isinstance(name, ast.Name)
    }
    owners = {
        part.value.id
        for part in ast.walk(value)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and (A_CONSTANT.fullmatch(part.attr) or part.attr == "schema_version")
    }
    named = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    return all(A_CONSTANT.fullmatch(name) for name in named - taken - owners)


def foreign(source: str, *, ours: set[str]) -> list[str]:
    return [
        f"line {line}: {ast.unparse(value)}"
        for line, value in put_into_sql(source)
        if not is_made_of_constants(value) and ast.unparse(value) not in ours
    ]


def test_nothing_but_our_own_names_is_put_into_sql() -> None:
    found = {str(module): foreign((ROOT / module).read_text(), ours=OURS.get(str(module), set())) for module in MODULES}

    assert {module: lines for module, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "careless",
    [
        "cursor.execute(f\"SELECT * FROM gate WHERE name = '{name}'\")",
        "cursor.execute(\"SELECT * FROM gate WHERE name = '%s'\" % name)",
        'cursor.execute("SELECT * FROM gate WHERE name = \'" + name + "\'")',
        "cursor.execute(\"SELECT * FROM gate WHERE name = '{}'\".format(name))",
        'cursor.execute(f"DELETE FROM {request.table}")',
        "cursor.execute(f\"DELETE FROM gate WHERE id IN ({', '.join(one for one in given)})\")",
    ],
)
def test_a_careless_statement_is_seen(careless: str) -> None:
    assert foreign(careless, ours=set()) != []


def test_no_name_is_allowed_that_is_not_put_in() -> None:
    for module, names in OURS.items():
        assert names <= {ast.unparse(value) for _, value in put_into_sql((ROOT / module).read_text())}, module
