"""The classic statements with asyncpg's numbered parameters."""

import re
from functools import cache

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@cache
def numbered(statement: str, schema: str) -> tuple[str, list[str]]:
    """A statement of `bench.classic` for a schema with $1, $2, …, and the names of its parameters in that order."""
    names = list(dict.fromkeys(_PLACEHOLDER.findall(statement)))
    text = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    return text.replace("{schema}", schema), names
