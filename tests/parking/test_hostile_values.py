"""Every field and query parameter of every call takes hostile values: an answer comes, never an error of ours.

Calls are read from the routes and their fields from the served OpenAPI document, so that new ones are tried as well.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.strangers.calls import CALLS
from tests.strangers.scene import Scene, scene

HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**18,
    10**40,
    "",
    " ",
    "x" * 3_000,
    "a\0b",
    "\u202e\u200b\ufeff",
    "'; --",
    "%s%n{0}{{7*7}}",
    "../../../etc/passwd",
    "2026-03-01T08:30:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "00000000-0000-0000-0000-000000000000",
    "NaN",
    "Infinity",
    [],
    [[]],
    {},
    {"": ""},
    {"mon": [["00:00", "00:00"]]},
]
PATH_HOSTILE = ["%00", "..%2f..", "%ff", "-1", "x" * 2_000, "9" * 30, "%F0%9F%9A%9A", "a%0d%0ab"]


def parts(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A body's properties, followed through its reference."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return dict(schema.get("properties", {}))


@pytest.fixture(scope="module")
def document(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        return json.loads(Api("localhost").get("/api/schema/?format=json").response.content)


def good_body(route: str, acme: Scene) -> dict[str, Any]:
    """Values that the call would take, by field; what is not listed is left out."""
    values: dict[str, Any] = {
        "email": "owner@acme.example",
        "password": "parking-demo",
        "vehicleNumber": "MH 77 NEW 1",
        "vehicleType": "car",
        "locationId": acme["location"],
        "name": "New name",
        "capacity": 3,
        "code": "new-type",
        "rates": {"hourly": 1},
        "entryId": acme["entry"] if "exits" in route or "quotes" in route else acme["left"],
        "amount": 20,
        "currency": "INR",
        "method": "cash",
        "reason": "double",
        "tenant": "acme",
        "fullName": "New name",
        "role": "viewer",
        "permissions": [{"resource": "entries", "actions": ["read"]}],
        "overlapHours": 1,
        "refreshToken": "x",
        "currentPassword": "parking-demo",
        "newPassword": "three blue ferries",
        "security": {"lockoutMinutes": 20},
        "from": "2026-01-01",
        "to": "2026-02-01",
        "transportName": "Secret haulier",
        "kind": "credit",
        "purpose": "topup",
        "facts": {},
        "merchantId": acme["merchant"],
        "customerId": acme["customer"],
        "vehicles": ["MH 1"],
        "validFrom": "2026-01-01",
    }
    if "exits" in route:
        values |= {"vehicleNumber": "MH 12 AB 1234"}
    return values


def paths(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield method.upper(), path, operation


def filled(path: str, acme: Scene) -> str:
    for name, value in (
        ("entry_id", "entry"),
        ("location_id", "location"),
        ("rate_id", "rate"),
        ("payment_id", "payment"),
        ("invoice_id", "invoice"),
        ("customer_id", "customer"),
        ("code_id", "code"),
        ("permit_id", "permit"),
        ("merchant_id", "merchant"),
        ("validation_id", "validation"),
        ("number", "receipt"),
        ("session_id", "sign_in"),
        ("user_id", "user"),
        ("key_id", "key"),
        ("invitation_id", "invitation"),
        ("name", "role"),
    ):
        path = path.replace(f"{{{name}}}", acme[value])
    return path


def test_the_document_lists_every_call(document: dict[str, Any]) -> None:
    listed = {(method, path.removeprefix("/api/v1/").rstrip("/")) for method, path, _ in paths(document)}
    routes = {(method, route.replace("<uuid:", "{").replace("<str:", "{").replace(">", "}")) for method, route in CALLS}
    assert routes <= listed


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: json.dumps(value)[:24].encode("ascii", "replace").decode())
def test_no_value_of_a_body_breaks_a_call(
    api: Callable[..., Api], acme: TenantRef, scene: Scene, document: dict[str, Any], value: Any
) -> None:
    owner = api("owner")
    for method, path, operation in paths(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        names = parts(document, content["schema"])
        good = {name: known for name, known in good_body(path, scene).items() if name in names}
        for name in names:
            headers = {"If-Match": '"1"'} if method == "PATCH" else {}
            answer = owner._send(method, filled(path, scene), good | {name: value}, headers)
            assert answer.status < 500, (method, path, name, value, answer)


@pytest.mark.parametrize("value", [v for v in HOSTILE if isinstance(v, str | int | float)], ids=lambda v: repr(v)[:24])
def test_no_value_of_a_query_breaks_a_call(
    api: Callable[..., Api], acme: TenantRef, scene: Scene, document: dict[str, Any], value: Any
) -> None:
    owner = api("owner")
    for method, path, operation in paths(document):
        if method != "GET":
            continue
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                answer = owner.get(filled(path, scene), **{parameter["name"]: value})
                assert answer.status < 500, (path, parameter["name"], value, answer)


@pytest.mark.parametrize("value", PATH_HOSTILE)
def test_no_value_of_a_path_breaks_a_call(api: Callable[..., Api], acme: TenantRef, value: str) -> None:
    owner = api("owner")
    for method, route in CALLS:
        if "<" in route:
            begin, _, rest = route.partition("<")
            answer = owner._send(method, f"/api/v1/{begin}{value}{rest.partition('>')[2]}", {}, {"If-Match": '"1"'})
            assert 400 <= answer.status < 500, (method, route, value, answer)
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Idempotency-Key", "If-Match", "X-Correlation-Id", "Accept", "Accept-Language"])
def test_no_header_breaks_a_call(api: Callable[..., Api], acme: TenantRef, scene: Scene, header: str) -> None:
    owner = api("owner")
    for value in ("", "é\xff", "a\0b", "x" * 5_000, '"', "*", '"9999999999999999999999"', "../..", "\u202e"):
        for method, route in sorted(CALLS):
            path = route
            for name, known in (
                ("<uuid:entry_id>", "entry"),
                ("<uuid:location_id>", "location"),
                ("<uuid:rate_id>", "rate"),
                ("<uuid:user_id>", "user"),
                ("<uuid:key_id>", "key"),
                ("<uuid:invitation_id>", "invitation"),
                ("<str:name>", "role"),
            ):
                path = path.replace(name, scene[known])
            answer = owner._send(method, path.replace("<str:number>", "X"), {}, {header: value})
            assert answer.status < 500, (method, route, header, value, answer)


__all__ = ["scene"]
