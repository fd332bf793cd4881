"""An app in every tenant's schema whose migrations are written while something is measured or tried."""

from pathlib import Path

_FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())]),
        migrations.RunSQL("INSERT INTO growing_note (text) SELECT 'note ' || n FROM generate_series(1, 20) n"),
    ]
"""
_LATER = """
from django.db import migrations, models

{code}

class Migration(migrations.Migration):
    dependencies = [("growing", "{before}")]
    operations = [{operation}]
    atomic = {atomic}
"""


class Migrations:
    """A folder of migrations, to be named by GROWING_MIGRATIONS and found by PYTHONPATH."""

    package = "growing_migrations"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.package
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        (self.folder / "0001_initial.py").write_text(_FIRST)
        self._last = "0001_initial"

    @property
    def environment(self) -> dict[str, str]:
        return {"GROWING_MIGRATIONS": self.package, "PYTHONPATH": str(self.folder.parent)}

    def add(self, name: str, operation: str, *, code: str = "", atomic: bool = True) -> None:
        """Write the next migration: one operation as Python source, and what it uses."""
        source = _LATER.format(code=code, before=self._last, operation=operation, atomic=atomic)
        (self.folder / f"{name}.py").write_text(source)
        self._last = name
