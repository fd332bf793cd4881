"""docs/asyncapi.yaml is fresh, well-formed, and true of what was stored and of what is told today."""

import json
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core.events.document import list_events
from apps.core.kafka.asyncapi import as_yaml, document
from config.subscriptions import CONSUMED
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.races.yards import entry, exit_of

STORED = Path(__file__).parents[1] / "events" / "stored"
EVENTS = {event.__name__: event for event in list_events()}


def asyncapi() -> dict[str, Any]:
    return yaml.safe_load((Path(settings.BASE_DIR) / "docs" / "asyncapi.yaml").read_text())


def test_the_document_is_fresh_and_always_the_same():
    call_command("document_asyncapi", check=True)
    assert as_yaml(CONSUMED) == as_yaml(CONSUMED)
    assert yaml.safe_load(as_yaml(CONSUMED)) == document(CONSUMED)


def test_a_stale_document_is_refused(tmp_path, settings):
    (tmp_path / "docs").mkdir()
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="stale"):
        call_command("document_asyncapi", check=True)
    call_command("document_asyncapi")
    call_command("document_asyncapi", check=True)
    page = tmp_path / "docs" / "asyncapi.yaml"
    page.write_text(page.read_text().replace("PaymentTaken", "PaymentGiven"))
    with pytest.raises(CommandError, match="stale"):
        call_command("document_asyncapi", check=True)


def test_every_reference_resolves_and_every_schema_is_one():
    whole = asyncapi()
    references = list(refs(whole))
    assert len(references) > 40
    for reference in references:
        assert isinstance(reduce(lambda part, step: part[step], reference[2:].split("/"), whole), dict)
    for schema in whole["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_it_is_an_asyncapi_3_document_of_every_event_and_every_command():
    whole = asyncapi()
    assert whole["asyncapi"] == "3.0.0"
    assert set(whole["components"]["messages"]) == {*EVENTS, *(each.type for each in CONSUMED), "DeadLetter"}
    told = {name for channel in whole["channels"].values() for name in channel["messages"]}
    assert told == set(whole["components"]["messages"])
    topics = {channel["address"]: set(channel["messages"]) for channel in whole["channels"].values()}
    assert topics["parking.commands.v1"] == {"RecordVehicleEntry", "RecordVehicleExit"}
    assert topics["parking.commands.v1.dlq"] == {"DeadLetter"}
    for name, event in EVENTS.items():
        assert name in topics[f"parking.{event.__module__.split('.')[1]}.v1"]
    operated = {operation["channel"]["$ref"] for operation in whole["operations"].values()}
    assert operated == {f"#/channels/{name}" for name in whole["channels"]}
    actions = {name: operation["action"] for name, operation in whole["operations"].items()}
    assert actions["receiveCommands"] == "receive"
    assert actions["sendParking"] == "send"


@pytest.mark.parametrize("name", EVENTS)
def test_a_stored_event_of_todays_version_is_as_described(name):
    data = json.loads((STORED / f"{name}.v{EVENTS[name].schema_version}.json").read_text())
    check(data, {"$ref": f"#/components/schemas/{name}"})
    with pytest.raises(jsonschema.ValidationError):
        check({**data, "tenantId": 7}, {"$ref": f"#/components/schemas/{name}"})


def test_what_is_told_of_an_entry_and_an_exit_is_as_described(in_acme, api):
    entry_id = entry(open_location(), "KA 01 AB 1")().stay.id
    exit_of(entry_id=entry_id)()
    told = events_of(api("owner"), entry_id)
    assert [envelope["type"] for envelope in told] == ["VehicleEntered", "VehicleExited"]
    for envelope in told:
        payload = asyncapi()["components"]["messages"][envelope["type"]]["payload"]
        check(envelope, payload)
        with pytest.raises(jsonschema.ValidationError):
            check({**envelope, "type": "SomethingElse"}, payload)


def events_of(client: Api, aggregate_id: object) -> list[dict[str, Any]]:
    return json.loads(client.get("events", aggregateId=aggregate_id).response.content)["items"]


def check(value: Any, schema: dict[str, Any]) -> None:
    root = {**schema, "components": asyncapi()["components"]}
    jsonschema.validate(value, root, cls=jsonschema.Draft7Validator, format_checker=jsonschema.FormatChecker())


def refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from refs(part)
