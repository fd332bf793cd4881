"""The load: vehicles that come, stay a moment, pay and leave, whatever dies meanwhile.

A visitor asks until it has an answer, with the same Idempotency-Key, as a gate does. So it knows what has happened,
and the platform must know the same.
"""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPException
from uuid import uuid4

from tests.flows.site import Answer, Site

GIVES_UP_SECONDS = 120.0
FEE = Decimal(40)


@dataclass
class Known:
    """What a tenant's visitors were told: entry ids by plate, who has left, and the receipts."""

    entered: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    receipts: list[str] = field(default_factory=list)


class Visitors:
    """Threads, each with vehicles of its own, in one location of each tenant. Raises what went wrong on leaving."""

    def __init__(self, *, port: int, tenants: tuple[str, ...], each: int, seed: int) -> None:
        self.known = {tenant: Known() for tenant in tenants}
        self._port = port
        self._stop = threading.Event()
        self._wrong: list[BaseException] = []
        self._yards = {tenant: self._make_yard(tenant) for tenant in tenants}
        self._threads = [
            threading.Thread(target=self._work, args=(tenant, number, random.Random(f"{seed} {tenant} {number}")))
            for tenant in tenants
            for number in range(each)
        ]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._wrong and exc == (None, None, None):
            raise self._wrong[0]

    @property
    def is_well(self) -> bool:
        return not self._wrong

    def yard_of(self, tenant: str) -> str:
        """The id of the location where a tenant's visitors go."""
        return self._yards[tenant]

    def _make_yard(self, tenant: str) -> str:
        owner = Site.signed_in(self._port, "owner", tenant)
        yard = owner.post("parking/locations", {"name": "Yard", "capacity": 100_000})
        assert yard.status == 201, yard
        rates = {"vehicleType": "truck", "rates": {"hourly": float(FEE)}, "effectiveDate": "2026-01-01T00:00:00Z"}
        made = owner.post("billing/rates", rates)
        assert made.status == 201, made
        return str(yard.json["id"])

    def _work(self, tenant: str, number: int, chance: random.Random) -> None:
        known = self.known[tenant]
        try:
            gate = Site.signed_in(self._port, "operator", tenant)
            turn = 0
            while not self._stop.is_set():
                turn += 1
                plate = f"{tenant[:1].upper()} {number} {turn}"
                self._visit(gate, tenant, plate, known, stays=chance.random() < 0.2)
                time.sleep(chance.uniform(0.0, 0.1))
        except BaseException as error:
            self._wrong.append(error)

    def _visit(self, gate: Site, tenant: str, plate: str, known: Known, *, stays: bool) -> None:
        now = datetime.now(UTC)
        body = {"vehicleNumber": plate, "vehicleType": "truck", "locationId": self._yards[tenant]}
        body["entryTime"] = (now - timedelta(minutes=10)).isoformat()  # a stay of no length would cost nothing
        if stays:
            body["expectedExitTime"] = (now + timedelta(seconds=2)).isoformat()
        entered = self._insist(gate, "parking/entries", body)
        assert entered.status == 201, entered
        assert plate not in known.entered
        known.entered[plate] = entered.json["id"]
        if stays:
            return
        payment = {"method": "cash", "amount": float(FEE)}
        left = self._insist(gate, "parking/exits", {"vehicleNumber": plate, "payment": payment})
        assert left.status == 201, left
        known.left.add(plate)
        known.receipts.append(left.json["payment"]["receiptNumber"])

    def _insist(self, gate: Site, path: str, body: dict[str, object]) -> Answer:
        """Ask until there is an answer that a server gave after thinking."""
        once = {"Idempotency-Key": str(uuid4())}
        until = time.monotonic() + GIVES_UP_SECONDS
        while True:
            try:
                answer = gate.send("POST", path, body, once)
            except (OSError, HTTPException) as error:
                answer = Answer(0, {}, repr(error).encode())
            if answer.status == 401:
                gate.token = self._signed_in_again(gate)
            elif 200 <= answer.status < 500 and answer.status != 429:
                return answer
            assert time.monotonic() < until, f"{path} has had no answer for {GIVES_UP_SECONDS} s, at last {answer}"
            time.sleep(0.1)

    def _signed_in_again(self, gate: Site) -> str | None:
        try:
            return Site.signed_in(gate.port, "operator", gate.host.removesuffix(".localhost")).token
        except (OSError, HTTPException, AssertionError):
            return gate.token
