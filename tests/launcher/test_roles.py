"""Which processes `make run` starts."""

from pathlib import Path

from config.launcher.console import listed
from config.launcher.home import Home
from config.launcher.roles import process_roles


def names(folder: Path, **env: str) -> set[str]:
    return {child.name for child in process_roles(home=Home(folder), env=env, port=8000)}


def test_kafka_is_consumed_where_there_is_one(tmp_path: Path) -> None:
    usual = {"web", "worker", "beat", "relay"}
    assert names(tmp_path) == names(tmp_path, KAFKA_BOOTSTRAP_SERVERS="") == usual
    assert names(tmp_path, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9092") == {*usual, "consumer"}


def test_what_is_started_is_said_by_its_names() -> None:
    assert listed(["web", "worker", "consumer"]) == "web, worker and consumer"
    assert listed(["web"]) == "web"
