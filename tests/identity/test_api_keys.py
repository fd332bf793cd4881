"""auth/api-keys, and what a key opens: shown once, no more than its maker holds, gone with the next request."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.auth import directory, generations
from apps.auth.keys import attempts, known, uses
from apps.auth.models import ApiKey, ApiKeySecret, Tenant
from apps.core import clock, tenancy
from apps.core.models import Event, IdempotencyRecord
from apps.core.tenancy import TenantRef, TenantStatus
from tests.factories.api import Api
from tests.factories.sites import open_location
from tests.identity.access import KeyApi, member, own_role, user_id
from tests.identity.redis_traffic import redis_commands
from tests.refusals import assert_problem, nothing_written

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Api]

GATE = [
    {"resource": "entries", "actions": ["read", "write"]},
    {"resource": "exits", "actions": ["write"]},
    {"resource": "occupancy", "actions": ["read"]},
]


@pytest.fixture
def yards(acme: TenantRef) -> tuple[UUID, UUID]:
    with tenancy.enter(acme):
        return open_location(name="North yard"), open_location(name="South yard")


@pytest.fixture
def made(api: SignIn, acme: TenantRef) -> dict[str, Any]:
    answer = api("admin").post("auth/api-keys", {"name": "North gate", "permissions": GATE})
    assert answer.status == 201, answer
    assert answer["Cache-Control"] == "no-store"
    return answer.json  # type: ignore[no-any-return]


def path_of(made: dict[str, Any]) -> str:
    return f"auth/api-keys/{made['apiKey']['id']}"


def test_the_secret_is_shown_once_and_kept_as_a_digest(api: SignIn, made: dict[str, Any]) -> None:
    secret = made["secret"]
    assert secret.startswith(made["apiKey"]["prefixes"][0] + "_")
    assert len(secret.rpartition("_")[2]) <= 43 <= len(secret) - len(made["apiKey"]["prefixes"][0]) - 1

    listed = api("auditor").get("auth/api-keys").json["items"]

    assert listed == [made["apiKey"]]
    assert secret not in str(listed)
    with tenancy.public():
        kept = ApiKeySecret.objects.get()
    assert bytes(kept.digest) == hashlib.sha256(secret.encode()).digest()
    assert secret not in str(vars(kept))


def test_a_repeat_of_its_making_is_not_kept(api: SignIn, in_acme: TenantRef) -> None:
    """An answer that is kept for an Idempotency-Key would keep the secret in clear."""
    for _ in range(2):
        answer = api("owner").post(
            "auth/api-keys", {"name": "Gate", "permissions": GATE}, headers={"Idempotency-Key": "one"}
        )
        assert answer.status == 201
    assert not IdempotencyRecord.objects.exists()


def test_a_gate_works_with_a_key_alone(made: dict[str, Any], acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    gate = KeyApi.of(made["secret"])

    entry = {"vehicleNumber": "MH 12 AB 1234", "vehicleType": "car", "locationId": str(yards[0])}
    entered = gate.post("parking/entries", entry, headers={"Idempotency-Key": "1"})
    left = gate.post("parking/exits", {"vehicleNumber": "MH 12 AB 1234"})

    assert (entered.status, left.status) == (201, 201), (entered, left)
    assert gate.get("parking/occupancy").json["occupied"] == 0
    with tenancy.enter(acme):
        told = Event.objects.filter(type="VehicleEntered").get().metadata
    assert (told["source"], told["actorName"], told["actorId"]) == (
        "parking/api_key", "North gate", made["apiKey"]["id"]
    )  # fmt: skip
    gate.host = "localhost"
    assert gate.get("parking/entries").status == 200, "on the platform's host the key names the tenant"


def test_a_key_may_what_it_may_and_where_it_may(api: SignIn, acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    north, south = yards
    body = {"name": "North gate", "permissions": GATE, "locations": [str(north)]}
    gate = KeyApi.of(api("owner").post("auth/api-keys", body).json["secret"])
    entry = {"vehicleNumber": "MH 12 AB 1234", "vehicleType": "car", "locationId": str(south)}

    with nothing_written():
        assert_problem(gate.post("parking/entries", entry), 404, "location_not_found")
        assert_problem(gate.get("billing/rates"), 403, "not_permitted")
    assert [place["name"] for place in gate.get("parking/occupancy").json["locations"]] == ["North yard"]


def test_a_key_of_acme_opens_nothing_at_globex(made: dict[str, Any], globex: TenantRef) -> None:
    with nothing_written():
        assert_problem(KeyApi.of(made["secret"], tenant="globex").get("parking/entries"), 403, "tenant_mismatch")


def test_a_revoked_key_is_refused_on_the_next_request(api: SignIn, made: dict[str, Any]) -> None:
    gate = KeyApi.of(made["secret"])
    assert gate.get("parking/entries").status == 200

    for _ in range(2):
        assert api("admin").delete(path_of(made)).status == 204

    problem = gate.get("parking/entries")
    assert_problem(problem, 401, "invalid_api_key")
    assert api("admin").get("auth/api-keys").json["items"][0]["revokedAt"] is not None
    assert api("admin").post(f"{path_of(made)}/rotate", {}).code == "api_key_revoked"


def test_a_revocation_that_redis_missed_counts_after_a_minute(made: dict[str, Any]) -> None:
    gate = KeyApi.of(made["secret"])
    assert gate.get("parking/entries").status == 200
    with tenancy.public():
        ApiKey.objects.update(revoked_at=clock.now())  # and nobody tells
    assert gate.get("parking/entries").status == 200, "the control: it is remembered"

    (prefix,) = (one.removeprefix("pk_") for one in made["apiKey"]["prefixes"])
    mark, since, key = known._memory._kept[prefix]
    known._memory._kept[prefix] = mark, since - generations.FRESH_SECONDS, key  # as it is a minute later

    assert gate.get("parking/entries").status == 401


def test_without_redis_a_key_is_known_by_the_database(
    api: SignIn, made: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("redis_away")
    gate = KeyApi.of(made["secret"])

    assert gate.get("parking/vehicle-types").status == 403
    assert gate.get("parking/entries").status == 200
    assert KeyApi.of("pk_000000000000_" + "x" * 43).get("parking/entries").status == 401


def test_a_key_costs_no_query_once_it_is_known(made: dict[str, Any]) -> None:
    gate = KeyApi.of(made["secret"])
    for _ in range(2):
        gate.get("parking/occupancy")

    with CaptureQueriesContext(connection) as captured, redis_commands() as asked:
        assert gate.get("parking/occupancy").status == 200

    assert [query["sql"] for query in captured] == []
    assert [command.split()[0] for command in asked] == ["MGET", "MGET"], "one for the key, one for what is kept"


def test_a_closed_tenants_keys_open_nothing(made: dict[str, Any], acme: TenantRef) -> None:
    gate = KeyApi.of(made["secret"])
    gate.host = "localhost"
    assert gate.get("parking/entries").status == 200
    with tenancy.public():
        Tenant.objects.filter(id=acme.id).update(status=TenantStatus.CLOSED)
    generations.announce_change(name=directory.MARK)

    try:
        assert_problem(gate.get("parking/entries"), 403, "tenant_closed")
    finally:
        directory.forget()


def test_a_tenants_networks_hold_for_keys(api: SignIn, made: dict[str, Any]) -> None:
    gate = KeyApi.of(made["secret"])
    assert gate.get("parking/entries").status == 200
    rules = {"security": {"allowedIpRanges": ["192.0.2.0/24"]}, "confirmLockout": True}

    changed = api("owner").patch("rules/business-rules", rules, {"If-Match": "*"})

    assert changed.status == 200, changed
    assert_problem(gate.get("parking/entries"), 403, "ip_not_allowed")
    gate.client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert gate.get("parking/entries").status == 200


def test_rotation_overlaps(api: SignIn, made: dict[str, Any]) -> None:
    old = KeyApi.of(made["secret"])
    rotated = api("admin").post(f"{path_of(made)}/rotate", {"overlapHours": 2})
    assert rotated.status == 201, rotated
    new = KeyApi.of(rotated.json["secret"])
    assert rotated.json["apiKey"]["id"] == made["apiKey"]["id"]
    assert len(rotated.json["apiKey"]["prefixes"]) == 2

    assert [one.get("parking/entries").status for one in (old, new)] == [200, 200]
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=59)):
        assert [one.get("parking/entries").status for one in (old, new)] == [200, 200]
    with time_machine.travel(clock.now() + timedelta(hours=2, seconds=1)):
        assert [one.get("parking/entries").status for one in (old, new)] == [401, 200]


def test_a_second_rotation_gives_the_first_secret_no_longer_life(api: SignIn, made: dict[str, Any]) -> None:
    first = KeyApi.of(made["secret"])
    second = KeyApi.of(api("admin").post(f"{path_of(made)}/rotate", {"overlapHours": 1}).json["secret"])
    api("admin").post(f"{path_of(made)}/rotate", {"overlapHours": 48})

    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert [one.get("parking/entries").status for one in (first, second)] == [401, 200]


def test_rotation_without_overlap_ends_the_old_one_at_once(api: SignIn, made: dict[str, Any]) -> None:
    api("admin").post(f"{path_of(made)}/rotate", {"overlapHours": 0})

    assert KeyApi.of(made["secret"]).get("parking/entries").status == 401


def test_a_key_runs_out(api: SignIn, acme: TenantRef) -> None:
    ends = clock.now() + timedelta(hours=1)
    body = {"name": "Contractor", "permissions": GATE, "expiresAt": ends.isoformat()}
    gate = KeyApi.of(api("owner").post("auth/api-keys", body).json["secret"])
    assert gate.get("parking/entries").status == 200
    with time_machine.travel(ends):
        assert_problem(gate.get("parking/entries"), 401, "invalid_api_key")


def test_the_last_use_is_written_by_a_task_and_at_most_once_a_minute(api: SignIn, made: dict[str, Any]) -> None:
    gate, at = KeyApi.of(made["secret"]), clock.now()
    with tenancy.public(), CaptureQueriesContext(connection) as captured:
        gate.get("parking/entries")
        first = uses._noted[UUID(made["apiKey"]["id"])]
        gate.get("parking/entries")
    assert uses._noted[UUID(made["apiKey"]["id"])] == first
    assert not [query for query in captured if query["sql"].startswith("UPDATE")]

    with tenancy.public():
        assert uses.write_noted_uses() == 1

    last = api("admin").get("auth/api-keys").json["items"][0]["lastUsedAt"]
    assert last is not None
    assert at.strftime("%Y-%m-%dT%H:%M") <= last


def test_wrong_keys_are_quieted_by_address_and_a_right_one_is_let_in(made: dict[str, Any]) -> None:
    wrong = KeyApi.of(made["secret"][:-1] + ("A" if made["secret"][-1] != "A" else "B"))
    for _ in range(attempts.ALLOWED_WRONG):
        assert_problem(wrong.get("parking/entries"), 401, "invalid_api_key")

    problem = wrong.get("parking/entries")

    assert_problem(problem, 429, "too_many_attempts")
    assert 0 < int(problem["Retry-After"]) <= attempts.WINDOW_SECONDS
    assert KeyApi.of(made["secret"]).get("parking/entries").status == 200


@pytest.mark.parametrize("key", ["", "x", "pk_", "pk__", "pk_000000000000_short", "é", "pk_000000000000_" + "x" * 5000])
def test_what_is_no_key(acme: TenantRef, key: str) -> None:
    with nothing_written():
        assert_problem(KeyApi.of(key).get("parking/entries"), 401, "invalid_api_key")


def test_a_key_holds_no_more_than_its_maker(acme: TenantRef, yards: tuple[UUID, UUID]) -> None:
    own_role("keeper", ("api-keys", "read"), ("api-keys", "write"), ("entries", "read"), ("entries", "write"))
    keeper = member("keeper")
    local = member("keeper", at=[yards[0]])
    entries = {"name": "Gate", "permissions": GATE[:1]}
    with nothing_written():
        assert_problem(keeper.post("auth/api-keys", {"name": "Gate", "permissions": GATE}), 403, "grants_too_much")
        assert_problem(local.post("auth/api-keys", entries), 403, "not_your_locations")
    assert keeper.post("auth/api-keys", entries).status == 201
    assert local.post("auth/api-keys", entries | {"locations": [str(yards[0])]}).status == 201


def test_nobody_gets_the_secret_of_a_key_that_holds_more(made: dict[str, Any], yards: tuple[UUID, UUID]) -> None:
    own_role("keeper", ("api-keys", "write"), ("entries", "read"))
    keeper, local = member("keeper"), member("admin", at=[yards[0]])
    with nothing_written():
        assert_problem(keeper.post(f"{path_of(made)}/rotate", {}), 403, "grants_too_much")
        assert_problem(local.delete(path_of(made)), 403, "not_your_locations")
    assert keeper.delete(path_of(made)).status == 204, "stopping one is safe"


@pytest.mark.parametrize("resource", ["members", "roles", "api-keys", "admin", "rules", "ownership"])
def test_what_no_key_is_given(api: SignIn, acme: TenantRef, resource: str) -> None:
    body = {"name": "Gate", "permissions": [{"resource": resource, "actions": ["write"]}]}
    with nothing_written():
        assert_problem(api("owner").post("auth/api-keys", body), 422, "invalid", permissions="unknown_permission")


def test_impossible_keys(api: SignIn, acme: TenantRef, made: dict[str, Any]) -> None:
    good = {"name": "Gate", "permissions": GATE}
    with nothing_written():
        for wrong in (
            {"name": "  "},
            {"permissions": []},
            {"expiresAt": "2020-01-01T00:00:00Z"},
            {"expiresAt": "2999-01-01T00:00:00Z"},
            {"locations": []},
        ):
            assert_problem(api("owner").post("auth/api-keys", good | wrong), 422, "invalid")
        assert_problem(api("owner").post(f"{path_of(made)}/rotate", {"overlapHours": 169}), 422, "invalid")


def test_a_key_outlives_its_makers_leave_and_says_so(api: SignIn, made: dict[str, Any]) -> None:
    """A gate must not stay shut because somebody moved on (ADR 0015)."""
    assert made["apiKey"]["makerIsMember"] is True
    assert api("owner").delete(f"auth/users/{user_id('admin@acme.example')}").status == 204

    assert KeyApi.of(made["secret"]).get("parking/entries").status == 200
    (listed,) = api("owner").get("auth/api-keys").json["items"]
    assert listed["makerIsMember"] is False
