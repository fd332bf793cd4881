"""Entries and exits over HTTP, beside the yardsticks."""

import argparse
import dataclasses
import itertools
import json
import random
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench import classic, contestants, floor
from bench.figures import Figures, Sample
from bench.ledger import Expected, read_ledger
from bench.load import request, send_all
from bench.meter import Meter
from bench.processes import Server
from bench.yard import STAYED, VEHICLE_TYPE, Lot, Yard

CONNECTIONS = 32
REQUESTS, QUICK_REQUESTS = 4_000, 1_600

Paths = tuple[str, str]
PRODUCT_PATHS: Paths = ("/api/v1/parking/entries", "/api/v1/parking/exits")
RIVAL_PATHS: Paths = ("/entries", "/exits")


class Gate:
    """One measurement: the yard, who serves it, and what was seen."""

    def __init__(self, yard: Yard, meter: Meter, *, requests: int) -> None:
        self.yard, self.meter, self.requests = yard, meter, requests
        self.figures = Figures()
        self.expected = Expected()
        self.chance = random.Random(7)
        self.runs = itertools.count(1)

    def bare(self, name: str, lots: Sequence[Lot], entry: Sequence[str], exit: Sequence[str]) -> None:
        """Entries and exits by pgbench."""
        run = next(self.runs)
        for kind, script in (
            ("entry", floor.entry_script(lots, entry, prefix="FL")),
            ("exit", floor.exit_script(lots, exit, prefix="FL")),
        ):
            self.meter.wait_for_quiet()
            with self.meter.measuring() as used:
                reached = floor.run_pgbench(
                    self.yard, script, run=run, transactions=self.requests * 2, tenants=len(lots)
                )
            self._count(kind, reached.transactions)
            self.figures.add(f"{name} {kind}", Sample.of_floor(reached, used))

    def served(self, name: str, lots: Sequence[Lot], server: Server, paths: Paths, tokens: dict[str, str]) -> None:
        """Entries and exits over HTTP: the same vehicles, in another order."""
        plates = [(lots[n % len(lots)], f"{name[:2].upper()}-{next(self.runs):07d}") for n in range(self.requests)]
        self._send(f"{name} entry", server, [_entry(paths[0], *plate, tokens, self.chance) for plate in plates])
        self.chance.shuffle(plates)
        self._send(f"{name} exit", server, [_exit(paths[1], *plate, tokens) for plate in plates])

    def _send(self, name: str, server: Server, requests: list[bytes]) -> None:
        self.meter.wait_for_quiet()
        with self.meter.measuring(server) as used:
            sent = send_all(requests, port=server.port, connections=CONNECTIONS, expected=201)
        self._count(name.rsplit(" ")[-1], len(requests))
        self.figures.add(name, Sample.of_service(sent, used))

    def _count(self, kind: str, done: int) -> None:
        self.expected.entries += done if kind == "entry" else 0
        self.expected.exits += done if kind == "exit" else 0


def measure(yard: Yard, meter: Meter, asked: argparse.Namespace, logs: Path) -> int:
    """Print the figures. Gives 1 when the rows do not add up."""
    gate = Gate(yard, meter, requests=QUICK_REQUESTS if asked.quick else REQUESTS)
    one_place = [dataclasses.replace(yard.lots[0], sites=yard.lots[0].sites[:1])]
    with ExitStack() as serving:
        product = serving.enter_context(contestants.product(yard, threads=asked.threads, logs=logs))
        yard.sign_in(product.port)  # the first one makes the key that signs tokens
        keys = yard.read_keys(product.port)
        rival = serving.enter_context(contestants.rival(yard, keys=keys, sessions=4, logs=logs))
        own_entry, own_exit = _own_statements()
        for number in range(asked.rounds + 1):
            tokens = yard.sign_in(product.port)
            gate.bare("floor", yard.lots, ["BEGIN", *classic.ENTRY, "COMMIT"], ["BEGIN", *classic.EXIT, "COMMIT"])
            gate.served("product", yard.lots, product, PRODUCT_PATHS, tokens)
            if asked.hot:
                gate.served("hot product", one_place, product, PRODUCT_PATHS, tokens)
                gate.bare("hot own statements", one_place, own_entry, own_exit)
            else:
                gate.bare("own statements", yard.lots, own_entry, own_exit)
                gate.served("rival", yard.lots, rival, RIVAL_PATHS, tokens)
            if number == 0:
                gate.figures.forget()  # connections, plans and caches were warming up
            else:
                print(f"round {number} of {asked.rounds}: {gate.figures.latest()}", flush=True)
    gate.figures.print_all(hot=asked.hot)
    return _check(gate)


def _check(gate: Gate) -> int:
    wrong = read_ledger(gate.yard).disagreements(gate.expected)
    for line in wrong:
        print(f"WRONG: {line}")
    if not wrong:
        print(f"rows: {gate.expected.entries} entries and {gate.expected.exits} exits, stays, events, fees, deadlines")
        print("      and counters agree with the answers")
    return 1 if wrong else 0


def _own_statements() -> tuple[list[str], list[str]]:
    """What the product sends for an entry and for an exit."""
    from apps.billing.commands import fee_record
    from apps.parking.commands import entries, exits

    find, fee, record = exits._OPEN_BY_PLATE.text, fee_record._RECORD_FEE.text, exits._RECORD.text
    return [entries._RECORD.text], [find, "BEGIN", fee, record, "COMMIT"]


def _entry(path: str, lot: Lot, plate: str, tokens: dict[str, str], chance: random.Random) -> bytes:
    site = chance.choice(lot.sites)
    body = {
        "vehicleNumber": plate,
        "vehicleType": VEHICLE_TYPE,
        "locationId": site.location_id,
        "gateId": site.gate_id,
        "driverName": "A. Driver",
        "transportName": "Northern Haulage",
        "source": "desktop",
        "entryTime": (datetime.now(UTC) - STAYED).isoformat(),
    }
    return _post(path, lot, body, tokens)


def _exit(path: str, lot: Lot, plate: str, tokens: dict[str, str]) -> bytes:
    return _post(path, lot, {"vehicleNumber": plate}, tokens)


def _post(path: str, lot: Lot, body: dict[str, str], tokens: dict[str, str]) -> bytes:
    return request("POST", path, host=lot.host, token=tokens[lot.schema], body=json.dumps(body).encode())
