"""Every column and every event field that can hold text is declared, as personal data or as none."""

from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from apps.core.events.document import list_events
from apps.parking.personal_data.declared import EVENT_FIELDS, EVENT_TEXTS, NOT_PERSONAL, PERSONAL

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)


def holds_text(field: Any) -> bool:
    return isinstance(field, TEXTS) or (isinstance(field, ArrayField) and holds_text(field.base_field))


def columns() -> set[str]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.") and not model._meta.proxy]
    return {
        f"{model._meta.label}.{field.name}" for model in ours for field in model._meta.local_fields if holds_text(field)
    }


def test_every_column_that_holds_text_is_declared_once() -> None:
    undeclared = {
        column
        for column in columns()
        if column not in PERSONAL
        and column not in NOT_PERSONAL
        and f"{column.rpartition('.')[0]}.*" not in NOT_PERSONAL
    }
    assert undeclared == set(), "declare them in apps/parking/personal_data/declared.py"
    assert not PERSONAL.keys() & NOT_PERSONAL


def test_every_text_of_an_event_is_declared() -> None:
    texts = set()
    for event in list_events():
        for field in msgspec.structs.fields(event):
            if field.type in (str, str | None, str | msgspec.UnsetType):
                texts.add(field.encode_name)
    assert texts <= EVENT_FIELDS | EVENT_TEXTS, "declare them, and raise public.event_redacted by a migration"


@pytest.mark.django_db
def test_the_database_erases_the_fields_that_are_declared() -> None:
    every = dict.fromkeys(EVENT_FIELDS | EVENT_TEXTS, "Asha")
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.event_redacted(%s::jsonb)::text", [msgspec.json.encode(every).decode()])
        left = msgspec.json.decode(cursor.fetchone()[0])
    assert {name for name, value in left.items() if value == "(erased)"} == EVENT_FIELDS
