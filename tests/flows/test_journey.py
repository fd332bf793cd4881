"""A working day over real HTTP: from signing in to signing out, and what the wire itself can do wrong."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.site import PASSWORD, Answer, Site
from tests.serving import Platform

SignIn = Callable[..., Site]


def test_from_the_sign_in_to_the_receipt_and_out(platform: Platform) -> None:
    site = Site(platform.port, "acme.localhost")
    assert site.get("auth/me").status == 401
    pair = site.post("auth/login", {"email": "owner@acme.example", "password": PASSWORD})
    assert (pair.status, pair.json["tenant"]["slug"], pair.json["role"]) == (200, "acme", "owner")
    site.token = pair.json["accessToken"]

    place = site.post("parking/locations", {"name": "Day yard", "capacity": 3, "paymentRequired": True})
    assert place.status == 201
    yard = place.json["id"]
    rate = {"vehicleType": "truck", "rates": {"hourly": 40, "daily": 300}, "locationId": yard}
    assert site.post("billing/rates", rate | {"effectiveDate": "2026-01-01T00:00:00Z"}).status == 201
    gates = [
        site.post("parking/gates", {"locationId": yard, "name": way, "direction": way}).json["id"]
        for way in ("entry", "exit")
    ]

    came = datetime.now(UTC) - timedelta(minutes=150)
    body = {
        "vehicleNumber": "MH 12 DAY 1",
        "vehicleType": "truck",
        "locationId": yard,
        "gateId": gates[0],
        "driverName": "Ravi Kumar",
        "entryTime": came.isoformat(),
        "eventId": "camera-1:1",
    }
    assert site.post("parking/entries/validate", body).json["valid"] is True
    entered = site.post("parking/entries", body, **{"X-Correlation-Id": "day-1", "Idempotency-Key": "day-1"})
    assert (entered.status, entered.headers["x-correlation-id"]) == (201, "day-1")
    entry_id = entered.json["id"]
    assert site.get(f"parking/locations/{yard}/availability").json["available"] == 2

    quote = site.post("billing/quotes", {"entryId": entry_id})
    assert (quote.status, quote.json["totalAmount"]) == (200, 120)
    unpaid = site.post("parking/exits", {"vehicleNumber": "mh12day1"})
    assert (unpaid.status, unpaid.json["code"], unpaid.json["expectedAmount"]) == (409, "payment_required", 120)
    leaving = {"vehicleNumber": "mh12day1", "gateId": gates[1], "payment": {"method": "cash", "amount": 120}}
    left = site.post("parking/exits", leaving, **{"Idempotency-Key": "day-2"})
    assert (left.status, left.json["fee"]["totalAmount"], left.json["entry"]["status"]) == (201, 120, "exited")
    again = site.post("parking/exits", leaving, **{"Idempotency-Key": "day-2"})
    assert (again.body, again.headers["idempotent-replay"]) == (left.body, "true")

    receipt = site.get(f"billing/receipts/{left.json['payment']['receiptNumber']}")
    assert (receipt.status, receipt.json["payment"], receipt.json["fee"]) == (
        200,
        left.json["payment"],
        left.json["fee"],
    )
    found = site.get("parking/entries?q=mh12%20day&status=exited")
    assert [item["id"] for item in found.json["items"]] == [entry_id]
    assert site.get(f"parking/locations/{yard}/availability").json["available"] == 3

    assert site.post("auth/logout", {"refreshToken": pair.json["refreshToken"]}).status == 204
    for path in ("auth/me", "parking/entries", f"parking/entries/{entry_id}"):
        refused = site.get(path)
        assert (refused.status, refused.json["code"]) == (401, "invalid_token")
    assert site.post("auth/refresh", {"refreshToken": pair.json["refreshToken"]}).status == 401


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    problem = answer.json
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["correlationId"] == answer.headers["x-correlation-id"]


def occupied(site: Site) -> int:
    return int(site.get("parking/occupancy").json["occupied"])


def test_ten_megabytes_are_refused_whether_their_length_is_told_or_not(sign_in: SignIn, yard: str) -> None:
    gate = sign_in()
    before = occupied(gate)
    entry = {"vehicleNumber": "BIG 1", "vehicleType": "car", "locationId": yard}
    whole = json.dumps(entry)[:-1].encode() + b" " * 10_000_000 + b"}"

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(whole), 65_536):
            yield whole[start : start + 65_536]

    refused(gate.send("POST", "parking/entries", whole), 413, "too_large")
    refused(
        gate.send("POST", "parking/entries", pieces(), {"Transfer-Encoding": "chunked"}, chunked=True), 413, "too_large"
    )
    assert occupied(gate) == before


def test_a_body_in_pieces_is_read_whole(sign_in: SignIn, yard: str) -> None:
    entry = json.dumps({"vehicleNumber": "PIECES 1", "vehicleType": "car", "locationId": yard}).encode()
    pieces = (entry[number : number + 7] for number in range(0, len(entry), 7))
    sent = sign_in().send("POST", "parking/entries", pieces, {"Transfer-Encoding": "chunked"}, chunked=True)
    assert sent.status == 201


@pytest.mark.parametrize(
    ("host", "status", "code"), [("no-such.localhost", 404, "unknown_host"), ("acme.example", 400, "unreadable")]
)
def test_a_host_that_is_not_served(platform: Platform, host: str, status: int, code: str) -> None:
    refused(Site(platform.port, host).get("auth/me"), status, code)


def test_a_path_with_nul_and_a_path_of_a_megabyte(sign_in: SignIn) -> None:
    gate = sign_in()
    refused(gate.get("parking/entries/%00"), 404, "not_found")
    assert gate.get("parking/entries?q=%00").status == 422
    assert gate.get("parking/entries/" + "x" * 1_000_000).status in (404, 414, 431, 400)


def test_a_caller_who_hangs_up_in_the_middle_leaves_nothing_and_disturbs_nobody(
    sign_in: SignIn, platform: Platform, yard: str
) -> None:
    gate = sign_in()
    before = occupied(gate)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", platform.port)) as caller:
            caller.sendall(
                b"POST /api/v1/parking/entries HTTP/1.1\r\nHost: acme.localhost\r\nContent-Length: 500\r\n"
                b"Content-Type: application/json\r\nAuthorization: Bearer "
                + str(gate.token).encode()
                + b'\r\n\r\n{"vehicleNumber": "HALF 1", '
            )
    time.sleep(0.3)
    assert occupied(gate) == before
    assert gate.get("auth/me").status == 200


def test_forty_callers_at_once_are_all_answered(sign_in: SignIn, yard: str) -> None:
    """More than there are database sessions in the pool."""
    gate = sign_in()

    async def call() -> list[Answer]:
        return list(await asyncio.gather(*(asyncio.to_thread(gate.get, "parking/entries") for _ in range(40))))

    assert {answer.status for answer in asyncio.run(call())} == {200}


def test_the_probes_and_the_document_are_served(platform: Platform) -> None:
    for host in ("localhost", "acme.localhost", "10.0.0.7"):
        for probe in ("/health", "/ready", "/metrics"):
            assert Site(platform.port, host).get(probe).status == 200
    document = Site(platform.port, "localhost").get("/api/schema/?format=json")
    assert document.status == 200
    assert "/api/v1/parking/entries" in document.body.decode()
