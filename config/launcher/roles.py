"""The platform's own processes, as they run on one machine."""

import sys
from collections.abc import Mapping

from config.launcher.children import Child
from config.launcher.home import Home
from config.launcher.ports import LOOPBACK


def process_roles(*, home: Home, env: Mapping[str, str], port: int) -> list[Child]:
    """The web server on `port`, the task worker, its clock, the relay of events; with a Kafka, who takes from it."""
    web = ["granian", "--interface", "asginl", "--host", LOOPBACK, "--port", str(port), "config.asgi:application"]
    celery = ["celery", "--app", "config", "--quiet"]
    commands = {
        "web": ["-m", *web, "--workers", "1", "--respawn-failed-workers", "--workers-kill-timeout", "10"],
        "worker": ["-m", *celery, "worker", "--concurrency", "2", "--loglevel", "INFO"],
        "beat": ["-m", *celery, "beat", "--loglevel", "INFO"],
        "relay": ["manage.py", "relay"],
    }
    if env.get("KAFKA_BOOTSTRAP_SERVERS"):
        commands["consumer"] = ["manage.py", "consume_events"]
    return _children(commands, home=home, env=env)


def provisioner(*, home: Home, env: Mapping[str, str]) -> Child:
    """Makes schemas beforehand, as the owner of the tables; for when the rest is up, which needs none of them."""
    commands = {"provisioner": ["manage.py", "tenant", "spare", "--watch"]}
    return _children(commands, home=home, env=env)[0]


def _children(commands: Mapping[str, list[str]], *, home: Home, env: Mapping[str, str]) -> list[Child]:
    # Under ASGI every sync view has a thread of its own, so the sessions have to be pooled.
    special = {"web": {"DATABASE_POOL": "1"}}
    return [
        Child(
            name=name,
            command=[sys.executable, *words],
            env={**env, "PARKING_PROCESS": name, **special.get(name, {})},
            log=home.logs / f"{name}.log",
        )
        for name, words in commands.items()
    ]
