"""The whole run begins with what waits longest, and leaves no test out."""

from pathlib import Path

from tests.waiting_first import ROOT, WAITING, in_order


def files(*names: str) -> list[Path]:
    return [ROOT / name for name in names]


def test_files_that_wait_and_files_that_compute_take_turns() -> None:
    tests = files(
        "billing/test_a.py", "billing/test_b.py", "billing/test_b.py", "core/test_c.py", "faults/soak/test_soak.py",
        "kafka/test_d.py", "kafka/test_e.py", "kafka/test_e.py",
    )  # fmt: skip

    assert list(in_order(tests)) == files(
        "faults/soak/test_soak.py", "billing/test_b.py", "kafka/test_e.py", "billing/test_a.py", "kafka/test_d.py",
        "core/test_c.py",
    )  # fmt: skip


def test_every_file_has_a_place_once() -> None:
    there = sorted(ROOT.rglob("test_*.py"))

    assert sorted(in_order(there)) == there


def test_the_folders_that_wait_are_there() -> None:
    assert all((ROOT / folder).is_dir() for folder in WAITING)
