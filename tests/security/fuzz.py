"""Requests made up from the OpenAPI document, as everyone: no error of ours, and no answer that is not described.

Run by `make fuzz`. `FUZZ_EXAMPLES` says how many for each call and each kind of client, `FUZZ_SEED` which.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks

from apps.auth.roles import FOR_KEYS, Role
from apps.core.tenancy import TenantRef
from tests.factories.api import Api
from tests.identity.access import with_key
from tests.strangers.scene import Scene
from tests.strangers.scene import scene as scene
from tests.tenancy.platform import platform_admin

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
HELD = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
CLIENTS = [*Role, "key", "nobody", "platform"]


def sent_by(client: str) -> tuple[str, dict[str, str]]:
    """The host that this client asks, and what names it."""
    match client:
        case "nobody":
            return "acme.localhost", {}
        case "key":
            return "acme.localhost", {"Authorization": f"Api-Key {with_key(*FOR_KEYS).key}"}
        case "platform":
            return "localhost", {"Authorization": f"Bearer {platform_admin().token}"}
    return "acme.localhost", {"Authorization": f"Bearer {Api.signed_in(f'{client}@acme.example', 'acme').token}"}


def operations() -> Iterator[Any]:
    document = json.loads(Api("acme.localhost").get("/api/schema/", format="json").response.content)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield found.ok()


def send(case: Any, *, host: str, who: dict[str, str]) -> Response:
    """By Django's test client, as its answers leave the test's transaction open."""
    made = case.as_transport_kwargs(base_url=f"http://{host}/")
    made["headers"] = {name: value for name, value in made["headers"].items() if name.lower() != "authorization"}
    fields = ("method", "url", "headers", "params", "data", "json", "cookies", "files")
    request = requests.Request(**{name: made[name] for name in fields if name in made}).prepare()
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = {name: str(value) for name, value in request.headers.items()} | {"host": host} | who
    kind = headers.pop("Content-Type", "application/json")
    reply = Client(raise_request_exception=False).generic(
        request.method or "", request.path_url, body, content_type=kind, headers=headers
    )
    content = reply.getvalue() if reply.streaming else reply.content
    given = {name.lower(): [value] for name, value in reply.headers.items()}
    return Response(reply.status_code, given, content, request, elapsed=0.0, verify=False)


def requests_to(operation: Any) -> Any:
    """What the document allows, and what it does not."""
    return strategies.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_answer_is_described_and_none_is_an_error_of_ours(
    acme: TenantRef, scene: Scene, client: str, new_sign_in: Callable[[str], tuple[str, dict[str, str]]]
) -> None:
    wrong, asked = [], []
    for operation in operations():
        host, who = new_sign_in(client)  # a call may have ended the last one
        try:
            _trying(operation, lambda case, host=host, who=who: asked.append(_held(case, host, who)))()
        except Exception as failure:  # all that is wrong at once, as each costs a run
            wrong.append(f"{operation.label}: {failure} {getattr(failure, 'exceptions', '')}")
    assert wrong == [], "\n\n".join(wrong)
    assert len(asked) > 50


def _held(case: Any, host: str, who: dict[str, str]) -> str:
    case.validate_response(send(case, host=host, who=who), checks=HELD)
    return str(case.path)


def _trying(operation: Any, ask: Callable[[Any], None]) -> Callable[[], None]:
    def asked(case: Any) -> None:
        ask(case)

    how = settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    tried: Callable[[], None] = how(seed(SEED)(given(case=requests_to(operation))(asked)))
    return tried


@pytest.fixture
def new_sign_in(acme: TenantRef) -> Callable[[str], tuple[str, dict[str, str]]]:
    """A client that is signed in whatever the last call did."""
    kept: dict[str, tuple[str, dict[str, str]]] = {}

    def sign_in(client: str) -> tuple[str, dict[str, str]]:
        if client in (*Role, "platform") or client not in kept:
            kept[client] = sent_by(client)
        return kept[client]

    return sign_in
