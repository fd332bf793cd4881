"""A home that has run before: made once for a test process, then copied, which costs a tenth."""

import shutil
from pathlib import Path

import pytest

from tests.launcher.launching import launch


@pytest.fixture(scope="session")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("first") / "home"
    done = launch(home, "exec", "--", "true")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def used_home(first_home: Path, tmp_path: Path) -> Path:
    """A home of this test alone, with a database and secrets, at rest."""
    return Path(shutil.copytree(first_home, tmp_path / "home"))
