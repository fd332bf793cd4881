"""A whole platform of real processes on servers of its own, any of which can be killed and comes back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from config.launcher.children import Child
from config.launcher.environment import for_command
from config.launcher.home import PROJECT_ROOT, Home
from config.launcher.kafka_broker import KafkaBroker
from config.launcher.ports import choose_port
from config.launcher.postgres import Postgres
from config.launcher.redis_server import RedisServer
from config.launcher.roles import process_roles

PATIENCE_SECONDS = 90.0


@dataclass
class Installation:
    """Children by name, servers first. `environment` is what all of them were given."""

    home: Home
    port: int
    environment: Mapping[str, str]
    postgres: Postgres
    kafka: KafkaBroker | None = None
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The owner's address."""
        return self.environment["DATABASE_OWNER_URL"]

    def kill(self, name: str) -> None:
        """SIGKILL to the process and to all that it has started; PostgreSQL's backends find their parent gone."""
        child = self.children[name]
        if child.pid is not None and child.is_alive():
            os.killpg(child.pid, signal.SIGKILL)
            _wait_for(lambda: not child.is_alive(), f"the end of {name}")

    def bring_back(self, name: str) -> None:
        """Start it again and see it stay.

        A server whose last process is still ending does not take its folder yet. And Kafka has to answer: killed again
        while it starts, it would only ever be starting.
        """
        child = self.children[name]
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            child.start()
            time.sleep(0.3 if name == "database" else 0.05)
            while name == "kafka" and child.is_alive() and not self._kafka_answers():
                time.sleep(0.1)
            if child.is_alive():
                return
            time.sleep(0.2)
        raise AssertionError(f"{name} does not start again:\n{self.log_of(name)}")

    def _kafka_answers(self) -> bool:
        return self.kafka is not None and self.kafka.answers()

    def is_served(self) -> bool:
        """Whether the web server says that it and all it needs are there."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def manage(self, *words: str) -> str:
        """What a management command prints."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=PROJECT_ROOT, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log_of(self, name: str) -> str:
        return self.children[name].log.read_text(errors="replace")[-3000:]

    def wait_until_served(self) -> None:
        _wait_for(self.is_served, "the platform to be ready")


@contextmanager
def installed(folder: Path, *, kafka: KafkaBroker | None, **environment: str) -> Iterator[Installation]:
    """The platform with tenants acme and globex; everything is ended afterwards."""
    home = Home(folder)
    home.prepare()
    postgres = Postgres(home=home)  # durable: what is committed has to outlive a kill
    redis = RedisServer(home=home)
    postgres.make_data_folder()
    ports = {purpose: choose_port(home=folder, purpose=purpose) for purpose in ("database", "redis", "web")}
    addresses = {
        "DATABASE_URL": postgres.url(role="parking_web", port=ports["database"]),
        "DATABASE_OWNER_URL": postgres.url(role="parking_owner", port=ports["database"]),
        "REDIS_URL": redis.url(port=ports["redis"]),
        "DJANGO_SETTINGS_MODULE": "tests.faults.soak.settings",
        "PARKING_DEMO_TRAFFIC": "0",
        "PORT": str(ports["web"]),
    }
    given = {**for_command(home, {}), **addresses, **environment}
    if kafka is not None:
        given |= {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "KAFKA_SESSION_SECONDS": "2"}
    yard = Installation(home=home, port=ports["web"], environment=given, postgres=postgres, kafka=kafka)
    try:
        _start(yard, postgres.child(port=ports["database"], env=given), redis.child(port=ports["redis"], env=given))
        _wait_for(lambda: postgres.answers(port=ports["database"]), "the database")
        _wait_for(lambda: redis.answers(port=ports["redis"]), "Redis")
        if kafka is not None:
            _start(yard, kafka.prepare())
            _wait_for(kafka.answers, "Kafka")
        postgres.prepare_roles(port=ports["database"])
        _fill(given)
        roles = process_roles(home=home, env=given, port=yard.port)
        _start(yard, *roles, _second_relay(roles))
        yard.wait_until_served()
        yield yard
    finally:
        for child in reversed(yard.children.values()):
            child.stop()


def _start(yard: Installation, *children: Child) -> None:
    for child in children:
        yard.children[child.name] = child
        child.start()


def _second_relay(roles: list[Child]) -> Child:
    first = next(child for child in roles if child.name == "relay")
    return Child(name="relay-2", command=first.command, env=first.env, log=first.log.with_name("relay-2.log"))


def _fill(environment: Mapping[str, str]) -> None:
    build = [sys.executable, "-m", "tests.factories.template"]
    given = {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"]}
    done = subprocess.run(build, env=given, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_for(true, what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.05)
