"""`make kafka`: what it says where something is missing, and that it serves and ends in order."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.launcher.kafka_broker import KafkaBroker
from config.launcher.kafka_programs import find_java, get_programs
from config.launcher.refusals import CannotStart

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CannotStart, match="Java 17 or later: install it"):
        find_java()


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CannotStart, match=f"{java} is 11: set JAVA_HOME"):
        find_java()


def test_without_maven_it_says_what_to_install_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="Maven, which is missing"):
        get_programs()
    assert not [found for found in (tmp_path / "cache" / "parking").iterdir() if found.is_dir()]


def test_a_fetch_that_failed_is_not_tried_by_every_test_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    maven, tries = tmp_path / "mvn", tmp_path / "tries"
    maven.write_text(f"#!/bin/sh\necho tried >> {tries}\necho '[ERROR] no network'\nexit 1\n")
    maven.chmod(0o755)
    for _ in range(3):
        with pytest.raises(CannotStart, match=r"is there a network.*no network"):
            get_programs(after_failure=False)
    assert tries.read_text().count("tried") == 1
    with pytest.raises(CannotStart, match="is there a network"):
        get_programs()
    assert tries.read_text().count("tried") == 2


def test_it_prints_the_address_and_ends_in_order(own_broker: KafkaBroker, tmp_path: Path) -> None:
    told = tmp_path / "told"
    environment = {**os.environ, "PARKING_HOME": str(tmp_path / "home")}
    with told.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.launcher.kafka_here"], cwd=ROOT, env=environment, stdout=output
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "make run" not in told.read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        (line,) = [line for line in told.read_text().splitlines() if "KAFKA_BOOTSTRAP_SERVERS=" in line]
        address = line.partition("=")[2]
        assert address != own_broker.bootstrap_servers  # each home has its own
        assert KafkaBroker(tmp_path / "home" / "kafka", _ports={"PLAINTEXT": int(address.partition(":")[2])}).answers()
        second = subprocess.run(
            [sys.executable, "-m", "config.launcher.kafka_here"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, "already runs" in second.stderr) == (1, True)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert "the data is kept" in told.read_text()
