"""PostgreSQL refuses to run as root. This finds a way for root to run it all the same.

First choice is a user namespace, in which root is seen as user 1000: the files stay root's own wherever they lie. Where
the kernel forbids that (some containers), a system user takes over, and its data folder is given to it.
"""

import contextlib
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
        if data_folder.stat().st_uid != 0:
            _hand_over(data_folder, 0, 0)
        return _enter_namespace
    user = _known_system_user() or _add_system_user()
    _hand_over(data_folder, user.pw_uid, user.pw_gid)
    _require_passage(data_folder, user)
    return _switch_to(user)


def own_user_ids() -> set[int]:
    """The users whose data folders this process may run a server on."""
    user = _known_system_user() if os.geteuid() == 0 else None
    return {os.geteuid(), *([user.pw_uid] if user else [])}


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


def _known_system_user() -> pwd.struct_passwd | None:
    for name in (SYSTEM_USER, "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _add_system_user() -> pwd.struct_passwd:
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


def _hand_over(folder: Path, user_id: int, group_id: int) -> None:
    os.chown(folder, user_id, group_id)
    for found, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(Path(found) / name, user_id, group_id, follow_symlinks=False)


def _switch_to(user: pwd.struct_passwd) -> BeforeExec:
    def switch() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return switch


def _require_passage(data_folder: Path, user: pwd.struct_passwd) -> None:
    """Let the system user walk through the home's own folder; say so when one further up, or to .venv, is closed."""
    home = data_folder.parent
    home.chmod(home.stat().st_mode | 0o011)
    for folder in [*home.resolve().parents, *Path(sys.prefix).resolve().parents]:
        if not folder.stat().st_mode & 0o001:
            raise CannotStart(
                f"PostgreSQL has to run as the system user {user.pw_name}, which cannot enter {folder}: "
                f"keep the project and PARKING_HOME outside of it, or start as an ordinary user."
            )
