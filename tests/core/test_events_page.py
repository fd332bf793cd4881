"""docs/events.md says what the event classes say."""

import pytest
from django.core.management import CommandError, call_command

from apps.core.events.document import BEGIN, END, catalogue, list_events, renewed
from config.subscriptions import SUBSCRIPTIONS


def test_the_page_is_fresh() -> None:
    call_command("document_events", check=True)


def test_every_event_that_the_platform_publishes_is_in_it() -> None:
    names = {event.__name__ for event in list_events()}
    assert names >= {"VehicleEntered", "VehicleExited", "OverstayDetected", "OccupancyChanged", "PaymentTaken"}
    assert all(event.__module__.startswith("apps.") for event in list_events())
    assert all(event.__doc__ for event in list_events())


def test_the_first_three_have_the_fields_that_others_rely_on() -> None:
    """API.md: more may be added, none taken away."""
    text = catalogue(SUBSCRIPTIONS)
    sections = {part.split("\n")[0]: part for part in text.split("### ")[1:]}
    for name, fields in {
        "VehicleEntered": ("entryId", "tenantId", "vehicleNumber", "entryTime", "expectedExitTime"),
        "VehicleExited": ("entryId", "exitTime", "duration", "totalFee"),
        "OverstayDetected": ("entryId", "overstayDuration", "notificationsSent"),
    }.items():
        assert all(f"| `{field}` |" in sections[name] for field in fields)
    assert "heard by `live-boards`" in sections["VehicleEntered"]
    assert "| `occupancy.byType` | object of integer by text |" in sections["VehicleEntered"]
    assert "| `totalFee` | decimal or null |" in sections["VehicleExited"]


def test_a_stale_page_is_told_and_a_page_without_marks_too() -> None:
    page = f"Words.\n\n{BEGIN}\nold\n{END}\nMore words.\n"
    fresh = renewed(page, SUBSCRIPTIONS)
    assert fresh != page
    assert renewed(fresh, SUBSCRIPTIONS) == fresh
    assert (fresh.startswith("Words."), fresh.endswith("More words.\n")) == (True, True)
    with pytest.raises(ValueError, match="needs the lines"):
        renewed("Words.", SUBSCRIPTIONS)


def test_the_command_refuses_a_stale_page(tmp_path: object, settings: object) -> None:
    docs = tmp_path / "docs"  # type: ignore[operator]
    docs.mkdir()
    (docs / "events.md").write_text(f"{BEGIN}\n{END}\n")
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="stale"):
        call_command("document_events", check=True)
    call_command("document_events")
    call_command("document_events", check=True)
