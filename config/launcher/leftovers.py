"""Processes of this home that outlived a launcher which was killed: known by id and start time, and stopped."""

import signal
from pathlib import Path

import psutil

from config.launcher.children import Child
from config.launcher.home import Home, read_json, write_private_json

_PATIENCE_SECONDS = 30.0


def remember(home: Home, children: list[Child]) -> None:
    """Write down which processes run for this home, so that a later start can find them."""
    running = {}
    for child in children:
        if child.pid is not None and child.is_alive():
            try:
                started = psutil.Process(child.pid).create_time()
            except psutil.NoSuchProcess:
                continue
            running[str(child.pid)] = {"started": started, "signal": int(child.stop_signal)}
    write_private_json(home.path / "processes.json", running)


def stop_leftovers(home: Home) -> int:
    """Stop, in order, what an earlier launcher left running for this home. Gives how many there were."""
    found: list[tuple[psutil.Process, int]] = []
    for pid, facts in read_json(home.path / "processes.json").items():
        process = _same_process(int(pid), facts["started"])
        if process is not None:
            found.append((process, facts["signal"]))
    postmaster = _postmaster_of(home.path / "postgres")
    if postmaster is not None and all(process.pid != postmaster.pid for process, _ in found):
        found.append((postmaster, signal.SIGINT))
    for process, asked in found:
        _end(process, asked)
    (home.path / "processes.json").unlink(missing_ok=True)
    return len(found)


def _same_process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - started) < 1 and process.is_running() else None
    except psutil.NoSuchProcess:
        return None


def _postmaster_of(data_folder: Path) -> psutil.Process | None:
    """The live postmaster that serves a data folder, if there is one."""
    try:
        pid = int((data_folder / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        return process if str(data_folder) in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _end(process: psutil.Process, asked: int) -> None:
    try:
        family = process.children(recursive=True)
        process.send_signal(asked)
        _, alive = psutil.wait_procs([process], timeout=_PATIENCE_SECONDS)
        for survivor in [*alive, *(child for child in family if child.is_running())]:
            survivor.kill()
    except psutil.NoSuchProcess:
        pass
