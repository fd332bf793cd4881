"""The image, the compose file and the page for operators say what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
IN_CODE = re.compile(
    r'(?:env\.(?:text|flag|words|networks|required)\(|environ(?:\.get\(|\[)|\b(?:text|required)\()"([A-Z][A-Z_]+)"'
)
ROW = re.compile(r"^\| (`[A-Z][A-Z_]+`(?:, `[A-Z][A-Z_]+`)*) \|", re.MULTILINE)
FOR_THE_DEVELOPERS_OWN_TOOLS = {"CI", "PYTEST_XDIST_WORKER"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def sources() -> str:
    return "\n".join(path.read_text() for top in ("apps", "config") for path in sorted((ROOT / top).rglob("*.py")))


def documented() -> set[str]:
    page = (ROOT / "docs/operations.md").read_text()
    return {name for row in ROW.findall(page) for name in re.findall("[A-Z][A-Z_]+", row)}


def test_the_gateway_shows_the_world_no_metrics(compose: Any) -> None:
    site = compose["configs"]["gateway"]["content"].partition(":80 {")[2]
    assert site.split("\n")[1].strip() == "respond /metrics 404"


def test_only_the_gateway_can_be_reached_from_outside(compose: Any) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["gateway"]


def test_the_image_has_the_python_that_the_pins_are_made_and_tried_with() -> None:
    pinned = re.search(r"pip-compile with Python (\S+)", (ROOT / "requirements.txt").read_text())
    assert pinned is not None
    stages = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert stages == [f"python:{pinned[1]}-slim"] * 2


def test_every_variable_that_is_read_is_documented() -> None:
    assert set(IN_CODE.findall(sources())) - FOR_THE_DEVELOPERS_OWN_TOOLS <= documented()


def test_every_documented_variable_is_known_to_the_code() -> None:
    code = sources() + (ROOT / "manage.py").read_text()
    assert {name for name in documented() if not re.search(rf"\b{name}\b", code)} == set()
