"""`run`: the whole platform on one machine, until Ctrl-C."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.launcher.children import Child
from config.launcher.console import Console, listed
from config.launcher.environment import for_command
from config.launcher.home import Home
from config.launcher.leftovers import stop_leftovers
from config.launcher.logs import LogFollower
from config.launcher.management import manage
from config.launcher.ports import LOOPBACK, holder_of, is_free
from config.launcher.refusals import CannotStart
from config.launcher.roles import process_roles, provisioner
from config.launcher.services import Services
from config.launcher.supervisor import StopRequested, Supervisor
from config.launcher.welcome import welcome

_READY_SECONDS = 90.0


def run(*, home: Home, port: int) -> int:
    """Start everything, watch it, and stop it in order on Ctrl-C or SIGTERM. Gives the exit code.

    Raises CannotStart when the port, the disk or the data folder does not allow it.
    """
    started = time.monotonic()
    console = Console()
    home.prepare()
    if not home.try_lock():
        raise CannotStart(
            f"The platform already runs on {home.path} (process {home.holder()}): stop that one, "
            f"or give this one a PARKING_HOME and a PORT of its own."
        )
    supervisor = Supervisor(home, console)
    with supervisor.listening_for_stop():
        try:
            Platform(home, supervisor, port).start(since=started)
            supervisor.wait_until(lambda: False, seconds=float("inf"))
        except StopRequested:
            console.say("\nStopping…")
        finally:
            home.endpoints_file.unlink(missing_ok=True)
            supervisor.stop_all()
            home.release()
    console.say("Stopped; the data is kept.")
    return 0


@dataclass(frozen=True)
class Platform:
    """The steps from an empty machine to an answer of /ready."""

    home: Home
    supervisor: Supervisor
    port: int

    def start(self, *, since: float) -> None:
        """Take the steps; `since` is when the start began, in monotonic seconds."""
        console = self.supervisor.console
        console.say(f"Starting the parking platform; data and logs are in {self.home.path}")
        if stop_leftovers(self.home):
            console.say("  ✓ stopped what an earlier start, killed before its time, had left running")
        if not is_free(self.port):
            raise CannotStart(
                f"Port {self.port} is in use by another program{holder_of(self.port)}: stop that program, "
                f"or choose another port, e.g. `make run PORT={self.port + 1}`."
            )
        addresses = Services(self.home, self.supervisor).start()
        env = self._environment(addresses)
        with console.step("bringing the tables up to date", "tables are up to date"):
            manage(self.supervisor, ["migrate"], env=env)
        if env["PARKING_DEMO"] == "1":
            with console.step("making the demo tenants (a first start takes longer)", "demo tenants are there"):
                manage(self.supervisor, ["seed_demo", "--if-missing"], env=env, shows_progress=True)
        roles = process_roles(home=self.home, env=env, port=self.port)
        names = listed(child.name for child in roles)
        with console.step(f"starting {names}", f"{names} are up"):
            self._start_roles(roles, env)
        console.say(welcome(self.port, demo=env["PARKING_DEMO"] == "1", seconds=time.monotonic() - since))

    def _environment(self, addresses: Mapping[str, str]) -> dict[str, str]:
        env = for_command(self.home, addresses)
        env.setdefault("PARKING_DEMO", "1")
        env["PORT"] = str(self.port)
        return env

    def _start_roles(self, roles: Sequence[Child], env: Mapping[str, str]) -> None:
        for child in [*self.supervisor.children, *roles]:
            self.supervisor.on_tick.append(LogFollower(child.name, child.log, self.supervisor.console).look)
        self.supervisor.launch(*roles)
        if not self.supervisor.wait_until(self._is_ready, seconds=_READY_SECONDS):
            raise CannotStart(
                f"The web server is not ready after {_READY_SECONDS:.0f} s: see {self.home.logs / 'web.log'}."
            )
        late = provisioner(home=self.home, env=env)
        self.supervisor.on_tick.append(LogFollower(late.name, late.log, self.supervisor.console).look)
        self.supervisor.launch(late)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
