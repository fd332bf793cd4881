"""Where the Python time of an entry and an exit goes: the WSGI application called in this process, without HTTP.

Run: python -m bench.gate_profile [--calls N] [--sort cumtime]. Prints µs of CPU a call, in the best fifty calls of all,
then cProfile's table.
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.yard import PASSWORD, STAYED, VEHICLE_TYPE, Lot, fresh_yard  # noqa: E402


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1500)
    parser.add_argument("--sort", default="tottime", help="of cProfile's table; empty for none")
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
        return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode
    with fresh_yard(tenants=2, sites=2) as yard:
        from config.wsgi import application

        log = os.open(os.devnull, os.O_WRONLY)
        kept = os.dup(2)
        os.dup2(log, 2)  # the access log is written, as in production, and not looked at
        try:
            _run(application, yard.lots[0], asked)
        finally:
            os.dup2(kept, 2)
    return 0


def _run(application: Any, lot: Lot, asked: argparse.Namespace) -> None:
    login = _call(
        application, _environ(lot, "", "POST", "/api/v1/auth/login", {"email": lot.email, "password": PASSWORD})
    )
    token = json.loads(login)["accessToken"]
    plates = [f"PR-{number:06d}" for number in range(asked.calls * 2 + 50)]
    entry = {
        "vehicleType": VEHICLE_TYPE,
        "locationId": lot.sites[0].location_id,
        "gateId": lot.sites[0].gate_id,
        "driverName": "A. Driver",
        "transportName": "Northern Haulage",
        "source": "desktop",
        "entryTime": (datetime.now(UTC) - STAYED).isoformat(),
    }
    entries = [_environ(lot, token, "POST", "/api/v1/parking/entries", {"vehicleNumber": n, **entry}) for n in plates]
    exits = [_environ(lot, token, "POST", "/api/v1/parking/exits", {"vehicleNumber": n}) for n in plates]
    reads = [_environ(lot, token, "GET", "/api/v1/parking/occupancy") for _ in plates]
    for name, calls in (("entry", entries), ("exit", exits), ("read", reads)):
        for environ in calls[:50]:
            _call(application, environ)
        middle = 50 + asked.calls
        best = min(_cpu_seconds(application, calls[start : start + 50]) for start in range(50, middle, 50)) / 50
        profile = cProfile.Profile()
        profile.enable()
        for environ in calls[middle:]:
            _call(application, environ)
        profile.disable()
        print(f"==== {name}: {best * 1e6:,.0f} µs of CPU a call, in the best fifty")
        if not asked.sort:
            continue
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats(asked.sort).print_stats(45)
        print(text.getvalue())


def _cpu_seconds(application: Any, environs: list[dict[str, Any]]) -> float:
    begun = time.process_time()
    for environ in environs:
        _call(application, environ)
    return time.process_time() - begun


def _call(application: Any, environ: dict[str, Any]) -> bytes:
    told: list[str] = []
    answer = application(environ, lambda status, headers: told.append(status))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    assert told[0][0] == "2", (told, body)
    return body


def _environ(lot: Lot, token: str, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    raw = json.dumps(body).encode() if body is not None else b""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": lot.host,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": lot.host,
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_ACCEPT": "application/json",
        "HTTP_USER_AGENT": "gate/1",
        **({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": sys.stderr,
    }


if __name__ == "__main__":
    sys.exit(main())
