"""The database and Redis of a home: started and watched here, or somebody else's by DATABASE_URL and REDIS_URL."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from config.launcher.children import Child
from config.launcher.home import Home, write_private_json
from config.launcher.ports import choose_port
from config.launcher.postgres import Postgres
from config.launcher.redis_server import RedisServer
from config.launcher.refusals import CannotStart
from config.launcher.supervisor import Supervisor

# After a crash of the machine the database reads its journal again before it answers.
_START_SECONDS = 300.0
_PORT_ATTEMPTS = 5


class Server(Protocol):
    """What PostgreSQL and Redis have in common here."""

    def child(self, *, port: int, env: Mapping[str, str]) -> Child: ...

    def answers(self, *, port: int) -> bool: ...

    def explain(self, log: str) -> str: ...


@dataclass(frozen=True)
class Services:
    """Starts what is needed for a home that this process has locked."""

    home: Home
    supervisor: Supervisor
    durable: bool = True

    def start(self) -> dict[str, str]:
        """Bring up what the environment does not point elsewhere. Gives the addresses. Raises CannotStart."""
        console = self.supervisor.console
        found = outside_addresses()
        if "DATABASE_URL" not in found:
            found |= self._start_database()
        if "REDIS_URL" not in found:
            with console.step("starting Redis", "Redis is up"):
                redis = RedisServer(home=self.home, durable=self.durable)
                found["REDIS_URL"] = redis.url(port=self._start_server(redis))
        write_private_json(self.home.endpoints_file, {**found, "launcher": os.getpid()})
        return found

    def _start_database(self) -> dict[str, str]:
        console = self.supervisor.console
        server = Postgres(home=self.home, durable=self.durable)
        if not server.check_data_folder():
            with console.step("creating the database", "database created"):
                server.make_data_folder()
        with console.step("starting the database", "database is up"):
            port = self._start_server(server)
            server.prepare_roles(port=port)
        return {
            "DATABASE_URL": server.url(role="parking_web", port=port),
            "DATABASE_OWNER_URL": server.url(role="parking_owner", port=port),
        }

    def _start_server(self, server: Server) -> int:
        """Start a server on a free port and wait until it answers; another port when somebody was quicker."""
        for attempt in range(_PORT_ATTEMPTS):
            port = choose_port(home=self.home.path, purpose=type(server).__name__, attempt=attempt)
            child = server.child(port=port, env=os.environ)
            child.revived = False
            written_before = child.log.stat().st_size if child.log.exists() else 0
            self.supervisor.launch(child)
            self.supervisor.wait_until(partial(_settled, child, server, port), seconds=_START_SECONDS)
            if child.is_alive() and server.answers(port=port):
                child.revived = True
                return port
            self.supervisor.forget(child)
            log = child.log.read_text(errors="replace")[written_before:]
            if "Address already in use" not in log:
                raise CannotStart(server.explain(log) or _unknown(child, log))
        raise CannotStart("No free port was found for the database or Redis: stop other servers and start again.")


def _settled(child: Child, server: Server, port: int) -> bool:
    return not child.is_alive() or server.answers(port=port)


def outside_addresses() -> dict[str, str]:
    """The servers that the environment points to."""
    found = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if "DATABASE_URL" in found:
        found["DATABASE_OWNER_URL"] = os.environ.get("DATABASE_OWNER_URL") or found["DATABASE_URL"]
    return found


def _unknown(child: Child, log: str) -> str:
    last = (log.strip().splitlines() or ["it wrote nothing"])[-1]
    return f"The {child.name} did not start: {last.strip()} (the whole story: {child.log})."
