"""The environment that commands and process roles are given."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config.launcher.home import Home


def for_command(home: Home, addresses: Mapping[str, str], *, throwaway: bool = False) -> dict[str, str]:
    """This process's environment with the servers' addresses, the secret key and the virtual environment's programs."""
    env = {**os.environ, **addresses, "PARKING_HOME": str(home.path)}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    env.setdefault("SECRET_KEY", home.secret("secret_key"))
    env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test" if throwaway else "config.settings.dev")
    env.setdefault("PYTHONUNBUFFERED", "1")
    return env
