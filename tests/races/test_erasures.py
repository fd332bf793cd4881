"""Two erasures at once: their records are one chain, for the second waits for the head that the first leaves."""

import os
from collections.abc import Callable
from functools import partial
from uuid import uuid4

import psycopg
import pytest

from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.events.redaction import _HEAD, _RECORD
from apps.core.events.sealing import verify_events
from apps.core.tenancy import TenantRef
from apps.parking.personal_data.erasing import Erased, erase_personal_data
from apps.parking.personal_data.persons import Person
from tests.audit.test_erasure import come, deliver, leave, yard
from tests.factories.api import Api
from tests.races.rivals import Rivals, held

pytestmark = pytest.mark.usefixtures("own_database")
__all__ = ["yard"]
PLATES = ("MH 12 QX 0001", "MH 12 QX 0002")


def test_without_the_lock_both_go_on_from_one_head_and_one_dies(acme: TenantRef) -> None:
    """The control: the same statements, and nobody waits."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as one, psycopg.connect(os.environ["DATABASE_URL"]) as other:
        for session in (one, other):
            session.execute(f"SET search_path = {acme.schema}")
            assert session.execute(_HEAD).fetchone() is None
        record = lambda: [[1], [uuid4()], [uuid4()], [clock.now()], ["x"], [b"1"], [b"2"], [b"3"]]  # noqa: E731
        one.execute(_RECORD, record())
        one.commit()
        with pytest.raises(psycopg.errors.UniqueViolation):
            other.execute(_RECORD, record())


def test_with_the_lock_both_are_recorded_one_after_the_other(
    api: Callable[..., Api], acme: TenantRef, yard: str
) -> None:
    for plate in PLATES:
        leave(api, come(api, yard, plate))
    deliver(acme)
    rivals = Rivals(acme)
    with held(f"SELECT pg_advisory_xact_lock(hashtext('{acme.schema}'), 1204)") as wait_for:
        for plate in PLATES:
            person = Person(vehicle_number=plate)
            rivals.start(partial(erase_personal_data, person=person, reference="1", at=clock.now(), actor=SYSTEM))
        wait_for(2)
    assert [type(outcome) for outcome in rivals.outcomes()] == [Erased, Erased]
    deliver(acme)
    with tenancy.enter(acme):
        verified = verify_events()
    assert (verified.flaw, verified.redacted) == (None, 4)
