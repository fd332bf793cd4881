"""What a thousand tenants cost: making one, a deploy with nothing to migrate, an added column, a data migration.

    make bench B=tenants A="--tenants 1000"      or  python -m bench.tenants [--tenants N]

Every tenant is a real one, with all of its tables. The yardstick is django-tenants' way, Django's own `migrate` in each
schema: it is timed on a few schemas of the same database, and its figure for all of them is extrapolated.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.growing import Migrations  # noqa: E402
from bench.yard import fresh_database  # noqa: E402

TRIES = 5
COLUMN = 'migrations.AddField("note", "colour", models.CharField(max_length=20, default="red"))'
DATA = "migrations.RunPython(write)"
DATA_CODE = """
def write(apps, schema_editor):
    Note = apps.get_model("growing", "Note")
    for note in Note.objects.filter(id__lte=10):
        note.text = note.text.upper()
        note.save()
"""


def main() -> int:
    """Measure and print; 1 when a command failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    asked = parser.parse_args()
    if "DATABASE_OWNER_URL" not in os.environ:
        launcher = [sys.executable, "-m", "config.launcher", "--home", str(ROOT / ".parking" / "bench"), "exec", "--"]
        return subprocess.run([*launcher, sys.executable, *sys.argv], cwd=ROOT, check=False).returncode
    with tempfile.TemporaryDirectory() as folder:
        growing = Migrations(Path(folder))
        sys.path.insert(0, folder)
        special = {**growing.environment, "DJANGO_SETTINGS_MODULE": "bench.tenants_settings"}
        with fresh_database(**special) as environment:
            os.environ.update(environment, DATABASE_URL=environment["DATABASE_OWNER_URL"])
            import django

            django.setup()
            Bench(asked.tenants, growing).run()
    return 0


class Bench:
    """The measurements, in the order in which the database grows."""

    def __init__(self, tenants: int, growing: Migrations) -> None:
        self._tenants = tenants
        self._growing = growing

    def run(self) -> None:
        """All of them."""
        self._manage("migrate")
        self._fill()
        self._creating()
        self._nothing_to_do()
        self._growing.add("0002_colour", COLUMN)
        self._migrating("one added column", stock=True)
        self._growing.add("0003_upper", DATA, code=DATA_CODE)
        self._migrating("a data migration of ten rows", stock=False)
        self._drift()

    def _fill(self) -> None:
        from apps.auth.tenants.spares import fill_spares

        began = time.perf_counter()
        for _ in range(self._tenants // 50):
            fill_spares(wanted=50)
            for _ in range(50):
                self._create()
        took = time.perf_counter() - began
        print(f"{self._tenants} tenants made in {took:.1f} s, {took / self._tenants * 1000:.0f} ms each", flush=True)

    def _create(self) -> None:
        from apps.auth.commands.tenants import create_tenant

        self._made = getattr(self, "_made", 0) + 1
        slug = f"lot{self._made}"
        create_tenant(slug=slug, name=slug, host=f"{slug}.localhost", currency="INR", timezone="Asia/Kolkata")

    def _creating(self) -> None:
        from apps.auth.tenants.spares import count_ready, fill_spares

        fill_spares(wanted=TRIES)
        claimed = [_seconds(self._create) for _ in range(TRIES)]
        assert count_ready() == 0
        anew = [_seconds(self._create) for _ in range(TRIES)]
        stock = [_seconds(_stock_create) for _ in range(3)]
        _tell("a tenant, by claiming a spare", statistics.median(claimed), statistics.median(stock))
        _tell("a tenant, its schema made now", statistics.median(anew), statistics.median(stock))

    def _nothing_to_do(self) -> None:
        from apps.auth.tenants.migrating import migrate_schemas
        from apps.core.db import migrating

        def ours() -> None:
            assert migrating.public_is_current()
            assert not migrate_schemas().migrated

        stock = self._stock_migrate()
        _tell("migrate, nothing to do", statistics.median(_seconds(ours) for _ in range(TRIES)), stock)
        _tell("  the same, the whole command", _seconds(lambda: self._manage("migrate")), stock)

    def _migrating(self, what: str, *, stock: bool) -> None:
        # The stock way on a few first, by a process that knows the new migration; ours then finds the others behind
        yardstick = self._stock_in_process() if stock else None
        _tell(what, _seconds(lambda: self._manage("migrate")), yardstick)

    def _drift(self) -> None:
        took = _seconds(lambda: self._manage("tenant", "drift"))
        _tell(f"looking at all {self._made} schemas for drift", took, None)

    def _stock_migrate(self) -> float:
        """Seconds of Django's `migrate` in every schema, from a few."""
        schemas = _some_schemas()
        return statistics.median(_seconds(lambda schema=schema: _stock(schema)) for schema in schemas) * self._made

    def _stock_in_process(self) -> float:
        timed = subprocess.run(
            [sys.executable, "-c", "from bench.tenants import stock_alone; stock_alone()"],
            cwd=ROOT,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]])),
            capture_output=True,
            text=True,
            check=True,
        )
        return float(timed.stdout) * self._made

    def _manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def stock_alone() -> None:
    """Print the median seconds of Django's `migrate` in one schema, by a process of its own."""
    import django

    django.setup()
    schemas = _some_schemas()
    _stock(schemas[0])  # what it loads and renders once, it would need once for all
    print(statistics.median(_seconds(lambda schema=schema: _stock(schema)) for schema in schemas[1:]))


def _some_schemas() -> list[str]:
    from apps.auth.tenants.schemas import list_schemas

    return list_schemas()[-TRIES - 1 :]


def _stock(schema: str) -> None:
    from apps.core.db import migrating

    migrating.migrate_schema(schema, verbosity=0, interactive=False)


def _stock_create() -> None:
    from apps.auth.models.tenants import new_schema_name
    from apps.core.db import migrating

    schema = new_schema_name()
    migrating.create_schema(schema)
    _stock(schema)
    migrating.drop_schema(schema)


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _tell(what: str, took: float, stock: float | None) -> None:
    beside = "" if stock is None else f"   stock {stock:9.2f} s   {stock / took:8,.0f} times faster"
    print(f"{what:40} {took:9.3f} s{beside}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
