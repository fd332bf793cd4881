"""What keeps the launcher from starting gets one sentence."""

import socket
from pathlib import Path

import pytest

from tests.launcher.launching import refusal, running

TRUE = ("exec", "--", "true")


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        sentence = refusal(tmp_path, "run", PORT=str(port))

    assert f"Port {port} is in use" in sentence
    assert f"make run PORT={port + 1}" in sentence


def test_port_that_is_none(tmp_path: Path) -> None:
    assert "PORT is 'eighty'" in refusal(tmp_path, "run", PORT="eighty")


def test_second_launcher_on_the_same_home(used_home: Path) -> None:
    with running(used_home, "exec", "--", "sleep", "60") as launcher:
        sentence = refusal(used_home, "run")

    assert f"process {launcher.process.pid}" in sentence
    assert "PARKING_HOME" in sentence


def test_folder_that_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "holiday.jpg").write_text("")

    assert "not a whole PostgreSQL data folder" in refusal(tmp_path, *TRUE)


def test_data_folder_of_a_newer_version(used_home: Path) -> None:
    (used_home / "postgres" / "PG_VERSION").write_text("19\n")

    assert "was made by PostgreSQL 19 and this platform runs 18" in refusal(used_home, *TRUE)


@pytest.mark.parametrize("lost", ["global/pg_control", "pg_wal", "base"])
def test_broken_data_folder(used_home: Path, lost: str) -> None:
    place = used_home / "postgres" / lost
    place.rename(used_home / "lost")

    sentence = refusal(used_home, *TRUE)

    assert "is damaged" in sentence
    assert "restore it from a backup" in sentence


def test_damaged_secrets(used_home: Path) -> None:
    (used_home / "secrets.json").write_text("{")

    assert "secrets.json is damaged" in refusal(used_home, *TRUE)


def test_lost_secrets(used_home: Path) -> None:
    (used_home / "secrets.json").unlink()

    assert "does not take the password in its secrets.json" in refusal(used_home, *TRUE)


def test_damaged_redis_file(used_home: Path) -> None:
    (used_home / "redis" / "appendonly.aof").write_text("*what is this?\r\n")

    assert "Redis folder" in refusal(used_home, *TRUE)


def test_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    assert "PARKING_HOME" in refusal(tmp_path / "home", *TRUE)


def test_home_that_may_not_be_written_to() -> None:
    assert "/proc/parking" in refusal(Path("/proc/parking"), *TRUE)


def test_full_disk(tmp_path: Path) -> None:
    (tmp_path / "secrets.new").symlink_to("/dev/full")

    assert "The disk is full" in refusal(tmp_path, *TRUE)


def test_command_that_is_not_there(used_home: Path) -> None:
    assert "no-such-program cannot be run" in refusal(used_home, "exec", "--", "no-such-program")
