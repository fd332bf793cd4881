"""Where throw-away servers keep their files: in memory, if there is enough of it."""

import os
import shutil
from pathlib import Path

from config.launcher.home import PROJECT_ROOT

ON_DISK = PROJECT_ROOT / ".parking" / "test"
IN_MEMORY = Path("/dev/shm")
# The journal of a run of all tests, its databases and its brokers' logs come to about two gigabytes
WANTED_BYTES = 6 * 2**30


def throwaway_folder(memory: Path = IN_MEMORY) -> Path:
    """The folder for homes that are removed after their run; made if it is not there.

    A test's own database is copied forty times faster in memory than on a disk (0.03 s against 1 s). Memory that is not
    there to be used, or is small as in many containers, is left alone.
    """
    chosen = memory / f"parking-test-{os.getuid()}" if _is_roomy(memory) else ON_DISK
    try:
        chosen.mkdir(mode=0o711, parents=True, exist_ok=True)
        if chosen.is_symlink() or chosen.stat().st_uid != os.getuid():
            raise PermissionError(f"{chosen} is somebody else's")
    except OSError:
        chosen = ON_DISK
        chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def _is_roomy(memory: Path) -> bool:
    try:
        return os.access(memory, os.W_OK) and min(shutil.disk_usage(memory).free, _available()) >= WANTED_BYTES
    except (OSError, ValueError):
        return False


def _available() -> int:
    """Bytes of memory that processes may still take (Linux, proc_meminfo(5))."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
