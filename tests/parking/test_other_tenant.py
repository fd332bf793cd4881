"""Every call of the API is tried by the other tenant's owner: acme's things are not there, and nothing changes.

The calls are read from the routes, so one that is added must say in `tests/strangers` how a stranger tries it.
"""

from typing import Any
from uuid import UUID

import pytest

from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written
from tests.strangers import accounts, documents, identity, money, platform, sites
from tests.strangers.attempts import CAR
from tests.strangers.calls import CALLS, WITHOUT_TOKEN, send
from tests.strangers.scene import Scene, SignIn
from tests.strangers.scene import scene as scene

PARTS = (identity, sites, money, accounts, documents, platform)
TRIES = {call: attempts for part in PARTS for call, attempts in part.TRIES.items()}


class Overheard(Api):
    """Keeps what it was answered, refusals aside: those repeat the id that the stranger named."""

    heard: str = ""

    def _send(self, *args: Any, **kwargs: Any) -> Reply:
        reply = super()._send(*args, **kwargs)
        if reply.status < 400:
            self.heard += reply.response.content.decode()
        return reply


def test_every_call_says_how_a_stranger_tries_it() -> None:
    assert set(CALLS) - WITHOUT_TOKEN == set(TRIES)
    assert len(TRIES) == sum(len(part.TRIES) for part in PARTS), "one of them is in two parts"


@pytest.mark.parametrize("call", TRIES, ids=" ".join)
def test_the_other_tenants_owner_finds_and_changes_nothing(
    scene: Scene, globex: TenantRef, call: tuple[str, str]
) -> None:
    stranger = Overheard.signed_in("owner@globex.example", "globex")
    with nothing_written():
        for attempt in TRIES[call]:
            attempt.by(stranger, call[0], scene)
    for secret in (*scene.values(), "Secret", "Asha", "acme"):
        assert secret not in stranger.heard.replace("owner@globex", "")


@pytest.mark.parametrize("call", sorted(set(CALLS) - WITHOUT_TOKEN), ids=" ".join)
def test_a_token_of_the_other_tenant_is_refused_at_acmes_host(scene: Scene, call: tuple[str, str]) -> None:
    stranger = Api.signed_in("owner@globex.example", "globex")
    stranger.host = "acme.localhost"
    with nothing_written():
        assert_problem(send(stranger, call, scene), 403, "tenant_mismatch")


@pytest.mark.parametrize("call", sorted(set(CALLS) - WITHOUT_TOKEN), ids=" ".join)
def test_without_a_token_nobody_gets_in(scene: Scene, call: tuple[str, str]) -> None:
    with nothing_written():
        assert_problem(send(Api("acme.localhost"), call, scene), 401, "not_authenticated")


def test_on_the_platforms_host_the_token_alone_names_the_tenant(api: SignIn, scene: Scene, globex: TenantRef) -> None:
    for role, tenant, there in (("operator", "acme", 200), ("operator", "globex", 404)):
        caller = api(role, tenant)
        caller.host = "localhost"
        assert caller.get(f"parking/entries/{scene['entry']}").status == there


def test_both_tenants_may_use_one_plate_one_name_and_one_event_id(
    api: SignIn, acme: TenantRef, globex: TenantRef
) -> None:
    seen: list[UUID] = []
    for tenant in ("acme", "globex"):
        place = api("owner", tenant).post("parking/locations", {"name": "North yard", "capacity": 1})
        body = CAR | {"locationId": place.json["id"], "eventId": "camera-1:77"}
        entered = api("operator", tenant).post("parking/entries", body, headers={"Idempotency-Key": "one"})
        assert entered.status == 201
        assert "Idempotent-Replay" not in entered.response.headers
        seen.append(UUID(entered.json["tenantId"]))
    assert seen == [acme.id, globex.id]
