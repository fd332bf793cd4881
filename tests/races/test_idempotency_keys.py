"""One `Idempotency-Key` sent by many at once: one acts, the others get its answer."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.models import IdempotencyRecord
from apps.core.tenancy import TenantRef
from apps.parking.models import ParkingEntry
from tests.factories.api import Api, Reply
from tests.factories.sites import open_location
from tests.races.rivals import Rivals, as_owner, at_once, held
from tests.races.yards import books_balance

pytestmark = pytest.mark.usefixtures("own_database")
RIVALS = 10


@pytest.fixture
def send(acme: TenantRef) -> Callable[..., Callable[[], Reply]]:
    """`send(key)` is an entry that nothing but its key keeps from being recorded ten times."""
    with tenancy.enter(acme):
        yard: UUID = open_location(capacity=100)
    as_owner(f"DROP INDEX {acme.schema}.entry_one_open_per_plate")
    token = Api.signed_in("operator@acme.example", "acme").token

    def posting(key: str | None, plate: str = "MH 1") -> Callable[[], Reply]:
        body: dict[str, Any] = {"vehicleNumber": plate, "vehicleType": "car", "locationId": str(yard)}
        headers = {"Idempotency-Key": key} if key else None
        return lambda: Api("acme.localhost", token).post("parking/entries", body, headers=headers)

    return posting


def test_control_without_a_key_each_acts(acme: TenantRef, send: Callable[..., Callable[[], Reply]]) -> None:
    replies = at_once(acme, *[send(None)] * RIVALS)
    assert [reply.status for reply in replies] == [201] * RIVALS
    with tenancy.enter(acme):
        assert ParkingEntry.objects.count() == RIVALS


def test_control_a_key_that_is_looked_up_before_it_is_claimed_lets_all_act(in_acme: TenantRef) -> None:
    actor, all_have_looked = new_id(), threading.Barrier(RIVALS)

    def look() -> bool:
        with transaction.atomic():
            unknown = not IdempotencyRecord.objects.filter(actor_id=actor, key="once").exists()
            all_have_looked.wait(10)
            return unknown

    assert at_once(in_acme, *[look] * RIVALS) == [True] * RIVALS


def test_of_ten_one_acts_and_all_get_one_answer(acme: TenantRef, send: Callable[..., Callable[[], Reply]]) -> None:
    rivals = Rivals(acme)
    with held(f"SELECT FROM {acme.schema}.parking_occupancy FOR UPDATE") as wait_for:
        for _ in range(RIVALS):
            rivals.start(send("once"))
        wait_for(RIVALS)  # one for the counter, nine for its claim of the key
    replies = rivals.outcomes()
    assert [reply.status for reply in replies] == [201] * RIVALS
    assert len({reply.response.content for reply in replies}) == 1
    assert [reply.response.headers.get("Idempotent-Replay") for reply in replies].count("true") == RIVALS - 1
    with tenancy.enter(acme):
        assert ParkingEntry.objects.count() == 1
        books_balance()


def test_two_requests_under_one_key_at_once_are_not_taken_for_one(
    acme: TenantRef, send: Callable[..., Callable[[], Reply]]
) -> None:
    replies = at_once(acme, *[send("once", "MH 1"), send("once", "MH 2")] * 4)
    assert sorted({reply.status for reply in replies}) == [201, 422]
    with tenancy.enter(acme):
        assert ParkingEntry.objects.count() == 1


def test_when_the_first_fails_the_next_acts(acme: TenantRef, send: Callable[..., Callable[[], Reply]]) -> None:
    """The claim of the key goes with the transaction of whoever fails."""
    busy = Rivals(acme)
    with held(f"SELECT FROM {acme.schema}.parking_occupancy FOR UPDATE") as wait_for:
        busy.start(hurried(send("once")))
        wait_for(1)
        busy.start(send("once"))
        wait_for(2)
        busy.outcomes(first=1)
    first, second = busy.outcomes()
    assert (first.status, second.status) == (503, 201)
    assert "Idempotent-Replay" not in second.response.headers
    with tenancy.enter(acme):
        assert ParkingEntry.objects.count() == 1


def hurried(act: Callable[[], Reply]) -> Callable[[], Reply]:
    """The same by a session that waits for no lock longer than half a second."""

    def acting() -> Reply:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        return act()

    return acting
