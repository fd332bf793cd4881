"""Server processes under measurement, and the CPU that they, PostgreSQL and Redis have used (from /proc)."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import LOOPBACK

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server with its workers, in a process group of its own."""

    port: int
    group: int

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far, user and system."""
        return sum(own for _, group, own, _ in _processes() if group == self.group)


@contextmanager
def serving(command: Sequence[str], *, port: int, env: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Run a server until the block ends. Raises RuntimeError with its last words when it does not come up."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=dict(env), stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for(process, port, log)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def descendants_cpu_seconds(pid: int) -> float:
    """CPU time of a process, of its children, and of the children that have ended: PostgreSQL with its sessions."""
    with_children = {pid: 0.0}
    for number, _, own, parent in _processes():
        if number == pid or parent == pid:
            with_children[number] = own
    return sum(with_children.values()) + _ended_children(pid)


def cpu_seconds(pid: int) -> float:
    """CPU time of one process."""
    return _stat(pid)[2]


def machine_cpu_seconds() -> float:
    """CPU time of everything on this machine since it started, without idling and waiting for disks."""
    user, nice, system, _idle, _waiting, hard, soft, *_ = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return sum(map(int, (user, nice, system, hard, soft))) / _TICKS


def parent_of(pid: int) -> int:
    return _stat(pid)[3]


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} does not serve:\n{log.read_text(errors='replace')[-3000:]}")


def _processes() -> Iterator[tuple[int, int, float, int]]:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                yield _stat(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended


def _stat(pid: int) -> tuple[int, int, float, int]:
    """Its number, process group, CPU seconds, and parent."""
    fields = _fields(pid)
    return pid, int(fields[2]), (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[1])


def _ended_children(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[13]) + int(fields[14])) / _TICKS


def _fields(pid: int) -> list[str]:
    # the program's name, in brackets, may hold spaces
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
