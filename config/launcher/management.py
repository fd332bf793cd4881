"""Runs one of the project's management commands to its end while the servers are looked after."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from config.launcher.home import PROJECT_ROOT
from config.launcher.plain_user import die_with_parent
from config.launcher.refusals import CannotStart
from config.launcher.supervisor import StopRequested, Supervisor

_STOP_SECONDS = 15.0


def manage(
    supervisor: Supervisor, words: Sequence[str], *, env: Mapping[str, str], shows_progress: bool = False
) -> None:
    """Run `manage.py WORDS`; what it writes goes to a log, with `shows_progress` its stderr to the terminal.

    Raises CannotStart when it fails, StopRequested when the person has had enough.
    """
    log = supervisor.home.logs / f"{words[0]}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            env=dict(env),
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if shows_progress and sys.stderr.isatty() else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            supervisor.wait_until(lambda: process.poll() is not None, seconds=float("inf"))
        except StopRequested:
            process.terminate()
            raise
        finally:
            _see_out(process)
    if process.returncode != 0:
        last = (log.read_text(errors="replace").strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        raise CannotStart(f"`manage.py {words[0]}` failed: {last.strip()} (the whole story: {log}).")


def _see_out(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
