"""docs/security.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted(set(re.findall(r"`(tests/\S+\.py)::(test_\w*)`", (ROOT / "docs/security.md").read_text())))


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "test"), NAMED, ids="::".join)
def test_each_named_test_exists(file: str, test: str) -> None:
    source = (ROOT / file).read_text()
    assert re.search(rf"^(async )?def {test}{'' if test == 'test_' else '[(]'}", source, re.MULTILINE)
