"""Where throw-away servers keep their files."""

import os
from pathlib import Path

import pytest

from config.launcher import throwaway
from config.launcher.throwaway import ON_DISK, throwaway_folder


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throwaway, "WANTED_BYTES", 1)


@pytest.mark.usefixtures("roomy")
def test_memory_with_room_is_taken(tmp_path: Path) -> None:
    assert throwaway_folder(tmp_path) == tmp_path / f"parking-test-{os.getuid()}"
    assert throwaway_folder(tmp_path).is_dir()


def test_memory_that_is_short_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throwaway, "WANTED_BYTES", 2**60)

    assert throwaway_folder(tmp_path) == ON_DISK
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("roomy")
def test_where_there_is_no_such_memory_it_is_the_disk(tmp_path: Path) -> None:
    assert throwaway_folder(tmp_path / "not-there") == ON_DISK


@pytest.mark.usefixtures("roomy")
def test_a_folder_that_somebody_else_laid_there_is_not_taken(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / f"parking-test-{os.getuid()}").symlink_to(theirs)

    assert throwaway_folder(tmp_path) == ON_DISK
    assert list(theirs.iterdir()) == []
