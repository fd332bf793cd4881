"""`exec`: one command beside the database and Redis of a home, or beside throw-away ones."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from config.launcher.console import Console
from config.launcher.environment import for_command
from config.launcher.home import Home, read_json
from config.launcher.leftovers import stop_leftovers
from config.launcher.plain_user import die_with_parent
from config.launcher.refusals import CannotStart
from config.launcher.services import Services, outside_addresses
from config.launcher.supervisor import StopRequested, Supervisor
from config.launcher.throwaway import throwaway_folder

_OWNER_START_SECONDS = 120.0


def execute(*, command: Sequence[str], home: Home, throwaway: bool) -> int:
    """Run a command with the servers' addresses in its environment. Gives its exit code.

    Servers that already run for this home are used and left running; otherwise they are started and stopped again.
    """
    home.prepare()
    console = Console(stream=sys.stderr, quiet=True)
    if len(outside_addresses()) == 3:
        return _run_beside(
            Supervisor(home, console), command, for_command(home, outside_addresses(), throwaway=throwaway)
        )
    if home.try_lock():
        return _run_with_own_servers(home, console, command, throwaway=throwaway)
    with _using(home):
        addresses = _addresses_of_owner(home)
        return _run_beside(Supervisor(home, console), command, for_command(home, addresses, throwaway=throwaway))


@contextlib.contextmanager
def throwaway_home() -> Iterator[Home]:
    """A home of this run alone, removed afterwards; those of runs that were killed are removed before."""
    folder = throwaway_folder()
    for old in folder.iterdir():
        abandoned = Home(old)
        with contextlib.suppress(OSError):
            young = time.time() - old.stat().st_mtime < 60
            if not young and abandoned.try_lock():
                stop_leftovers(abandoned)
                shutil.rmtree(old, ignore_errors=True)
                abandoned.release()
    home = Home(folder / f"{os.getpid()}-{secrets.token_hex(3)}")
    try:
        yield home
    finally:
        shutil.rmtree(home.path, ignore_errors=True)


def _run_with_own_servers(home: Home, console: Console, command: Sequence[str], *, throwaway: bool) -> int:
    supervisor = Supervisor(home, console)
    try:
        with supervisor.listening_for_stop():
            try:
                stop_leftovers(home)
                addresses = Services(home, supervisor, durable=not throwaway).start()
            except StopRequested:
                return 130
        return _run_beside(supervisor, command, for_command(home, addresses, throwaway=throwaway))
    finally:
        _wait_for_users(home, console)
        with supervisor.listening_for_stop():
            home.endpoints_file.unlink(missing_ok=True)
            supervisor.stop_all()
        home.release()


def _run_beside(supervisor: Supervisor, command: Sequence[str], env: dict[str, str]) -> int:
    """Run the command in the foreground while the servers are looked after."""
    with supervisor.listening_for_stop(interrupts=False):
        try:
            process = subprocess.Popen(command, env=env, preexec_fn=die_with_parent(signal.SIGTERM))
        except OSError as error:
            raise CannotStart(f"{command[0]} cannot be run: {error.strerror}.") from error
        asked = 0
        while process.poll() is None:
            if supervisor.stop_signals > asked:
                asked = supervisor.stop_signals
                process.terminate()
            supervisor.tick()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


@contextlib.contextmanager
def _using(home: Home) -> Iterator[None]:
    """Tell the owner of the servers that they are in use."""
    with (home.path / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def _wait_for_users(home: Home, console: Console) -> None:
    """Keep the servers up for the other commands that use them; Ctrl-C ends the wait."""
    with (home.path / "users.lock").open("a") as users, contextlib.suppress(KeyboardInterrupt):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.warn("Another command still uses this database; waiting for it (Ctrl-C to stop anyway)…")
            fcntl.flock(users, fcntl.LOCK_EX)


def _addresses_of_owner(home: Home) -> dict[str, str]:
    """The addresses that the launcher which has this home wrote down; it may still be starting."""
    deadline = time.monotonic() + _OWNER_START_SECONDS
    while time.monotonic() < deadline:
        noted = read_json(home.endpoints_file)
        if str(noted.pop("launcher", "")) == home.holder():
            return {name: str(address) for name, address in noted.items()}
        time.sleep(0.1)
    raise CannotStart(
        f"The launcher (process {home.holder()}) that has {home.path} does not get its servers up: stop it."
    )
