"""PostgreSQL refuses to run as root. This finds a way for root to run it all the same.

First choice is a user namespace, in which root is seen as user 1000: the files stay root's own wherever they lie. Where
the kernel forbids that (some containers), a system user takes over, and its data folder is given to it.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config.launcher.refusals import CannotStart

SYSTEM_USER = "parking-db"
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_SEEN_AS = 1000

BeforeExec = Callable[[], None]


def die_with_parent(sent: signal.Signals) -> BeforeExec:
    """Give a function for a child to call before exec: the kernel sends it this signal when we are gone."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def become_plain_user(data_folder: Path) -> BeforeExec:
    """Give a function for a child to call before exec, after which it is not root.

    `data_folder` is handed to the system user if that way is taken. Raises CannotStart when root can neither make a
    namespace nor become somebody else.
    """
    if os.geteuid() != 0:
        return lambda: None
    if _namespace_allowed():
        return _enter_namespace
    return _switch_to(_system_user(), data_folder)


def _enter_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/uid_map").write_text(f"{_SEEN_AS} 0 1")


def _namespace_allowed() -> bool:
    if not sys.platform.startswith("linux") or os.environ.get("PARKING_NO_NAMESPACE"):
        return False
    try:
        subprocess.run(["/bin/true"], preexec_fn=_enter_namespace, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _system_user() -> pwd.struct_passwd:
    for name in (SYSTEM_USER, "postgres"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    useradd = shutil.which("useradd")
    if useradd is not None:
        made = subprocess.run(
            [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
            capture_output=True,
            check=False,
        )
        if made.returncode == 0:
            return pwd.getpwnam(SYSTEM_USER)
    raise CannotStart(
        "PostgreSQL does not run as root, and here root may neither make a user namespace nor add a system user: "
        "start as an ordinary user, or set DATABASE_URL to a database server."
    )


def _switch_to(user: pwd.struct_passwd, data_folder: Path) -> BeforeExec:
    for folder in [Path(found) for found, _, _ in os.walk(data_folder)]:
        os.chown(folder, user.pw_uid, user.pw_gid)
        for file in folder.iterdir():
            os.chown(file, user.pw_uid, user.pw_gid, follow_symlinks=False)
    _require_passage(data_folder, user)

    def switch() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return switch


def _require_passage(data_folder: Path, user: pwd.struct_passwd) -> None:
    """Let the system user walk through the home's own folder; say so when one further up is closed."""
    home = data_folder.parent
    home.chmod(home.stat().st_mode | 0o011)
    for folder in home.resolve().parents:
        if not folder.stat().st_mode & 0o001:
            raise CannotStart(
                f"PostgreSQL has to run as the system user {user.pw_name}, which cannot enter {folder}: "
                f"set PARKING_HOME to a folder outside of it, e.g. /var/lib/parking."
            )
