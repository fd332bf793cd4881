"""Stripe's API as far as it is used, over real HTTP, with a balance of its own: it can lose answers, repeat and refuse.

Nothing of Stripe's code is here; the shapes are those of docs.stripe.com/api. Webhooks are signed as
docs.stripe.com/webhooks says (`t=…,v1=HMAC-SHA256(secret, "t.payload")`) and wait in `events` to be delivered.
"""

import hashlib
import hmac
import json
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .stripe_script import SCRIPT

SECRET = "whsec_of_the_stand_in"
Object = dict[str, Any]


class StripeStandIn:
    """A provider at `base`. `faults` are taken by the next requests, one each:

    `lost` acts and drops the connection, `dropped` drops it before it acts, `reset` resets it, `hang` never answers,
    `trickle` answers a byte a second; a number is answered as status; None is no fault.
    """

    def __init__(self) -> None:
        self.intents: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        self.accounts: dict[str, str] = {}  # the connected account that each object is of
        self.events: list[Object] = []
        self.faults: deque[str | int | None] = deque()
        self.asked: list[tuple[str, str]] = []
        self._keys: dict[str, tuple[bytes, int, Object]] = {}
        self._number = 0
        self._lock = threading.RLock()
        self.closed = threading.Event()
        self.prefix = ""  # of the part of an id that is its own
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def net(self, currency: str) -> int:
        """What is on its balance for us, in its units."""
        sums: Counter[str] = Counter()
        for intent in self.intents.values():
            sums[intent["currency"]] += intent["amount_received"]
        for refund in self.refunds.values():
            if refund["status"] != "failed":
                sums[refund["currency"]] -= refund["amount"]
        for dispute in self.disputes.values():
            for change in dispute["balance_transactions"]:
                sums[change["currency"]] += change["amount"] - change["fee"]
        return sums[currency.lower()]

    def pay(self, intent_id: str) -> None:
        """The payer pays; nothing happens where it is paid or canceled already."""
        with self._lock:
            intent = self.intents[intent_id]
            if intent["status"] == "requires_payment_method":
                intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
                self._tell("payment_intent.succeeded", intent)

    def confirm(self, form: Object) -> Object:
        """What a payer's browser sends from the provider's script: whose secret it holds, and the card."""
        (intent,) = [one for one in self.intents.values() if one["client_secret"] == form["client_secret"]]
        if form["card"].startswith("4000"):
            self.decline(intent["id"])
            return {"error": intent["last_payment_error"]}
        self.pay(intent["id"])
        return {"paymentIntent": {"id": intent["id"], "status": intent["status"]}}

    def decline(self, intent_id: str) -> None:
        """The payer's card is declined; it may be tried again."""
        with self._lock:
            intent = self.intents[intent_id]
            if intent["status"] == "requires_payment_method":
                intent["last_payment_error"] = {"message": "Your card was declined."}
                self._tell("payment_intent.payment_failed", intent)

    def fail_refund(self, refund_id: str) -> None:
        """The payer's bank sends a refund back."""
        with self._lock:
            refund = self.refunds[refund_id]
            if refund["status"] != "failed":
                refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
                self._tell("refund.failed", refund)

    def dispute(self, intent_id: str, *, fee: int = 1500) -> str:
        """The payer's bank takes the money back."""
        intent = self.intents[intent_id]
        taken = {"amount": -intent["amount"], "fee": fee, "currency": intent["currency"]}
        return self._open(intent, "fraudulent", status="needs_response", changes=[taken])

    def inquire(self, intent_id: str) -> str:
        """The payer's bank asks about a payment, and takes nothing yet."""
        return self._open(self.intents[intent_id], "unrecognized", status="warning_needs_response", changes=[])

    def _open(self, intent: Object, reason: str, *, status: str, changes: list[Object]) -> str:
        with self._lock:
            id = self._id("dp")
            self.disputes[id] = {
                "id": id, "object": "dispute", "amount": intent["amount"], "currency": intent["currency"],
                "reason": reason, "status": status, "created": int(time.time()), "payment_intent": intent["id"],
                "evidence_details": {"due_by": int(time.time()) + 604_800}, "balance_transactions": changes,
                "is_charge_refundable": not changes,
            }  # fmt: skip
            self._tell("charge.dispute.created", self.disputes[id])
            return id

    def escalate(self, dispute_id: str) -> None:
        """The bank is not content, and takes the money back."""
        with self._lock:
            dispute = self.disputes[dispute_id]
            taken = {"amount": -dispute["amount"], "fee": 1500, "currency": dispute["currency"]}
            dispute |= {"status": "needs_response", "is_charge_refundable": False}
            dispute["balance_transactions"].append(taken)
            self._tell("charge.dispute.updated", dispute)

    def close_inquiry(self, dispute_id: str) -> None:
        """The bank asks no more."""
        with self._lock:
            self.disputes[dispute_id]["status"] = "warning_closed"
            self._tell("charge.dispute.closed", self.disputes[dispute_id])

    def decide(self, dispute_id: str, verdict: str) -> None:
        """The bank decides: won or lost."""
        with self._lock:
            dispute = self.disputes[dispute_id]
            if dispute["status"] in ("won", "lost"):
                return
            dispute["status"] = verdict
            if verdict == "won":
                back = {"amount": dispute["amount"], "fee": -1500, "currency": dispute["currency"]}
                dispute["balance_transactions"].append(back)
            self._tell("charge.dispute.closed", dispute)

    def signed(self, event: Object, *, secret: str = SECRET, at: float | None = None) -> tuple[bytes, str]:
        """A webhook's body and its Stripe-Signature."""
        body = json.dumps(event).encode()
        stamp = int(time.time() if at is None else at)
        seal = hmac.new(secret.encode(), b"%d.%s" % (stamp, body), hashlib.sha256).hexdigest()
        return body, f"t={stamp},v1={seal}"

    def answer(
        self, method: str, path: str, form: Object, key: str | None, raw: bytes, account: str = ""
    ) -> tuple[int, Object]:
        """One request of a connected account, or of the installation's own; once for each key."""
        with self._lock:
            self.asked.append((method, path))
            if key is not None and key in self._keys:
                seen, status, body = self._keys[key]
                if seen != raw:
                    return _error(400, "idempotency_error", "Keys are for one request.")
                return status, body
            status, body = self._act(method, path, form | {"account": account})
            body = json.loads(json.dumps(body))
            if key is not None and status < 500:
                self._keys[key] = (raw, status, body)
            return status, body

    def _act(self, method: str, path: str, form: Object) -> tuple[int, Object]:
        if (method, path) == ("POST", "/v1/payment_intents"):
            return 200, self._create_intent(form)
        if (method, path) == ("POST", "/v1/refunds"):
            return self._create_refund(form)
        if (method, path) == ("GET", "/v1/refunds"):
            found = [one for one in self.refunds.values() if one["payment_intent"] == form["payment_intent"]]
            return 200, {"object": "list", "data": found, "has_more": False, "url": path}
        kind, id, *verb = path.removeprefix("/v1/").split("/")
        known = {"payment_intents": self.intents, "refunds": self.refunds}.get(kind, {}).get(id)
        if known is None or self.accounts[id] != form["account"]:
            return _error(404, "invalid_request_error", f"No such {kind}: {id}")
        if verb == ["cancel"]:
            if known["status"] != "requires_payment_method":
                return _error(400, "invalid_request_error", f"This has a status of {known['status']}.")
            known["status"] = "canceled"
            self._tell("payment_intent.canceled", known)
        return 200, known

    def _create_intent(self, form: Object) -> Object:
        id = self._id("pi")
        self.accounts[id] = form["account"]
        self.intents[id] = intent = {
            "id": id, "object": "payment_intent", "amount": int(form["amount"]), "amount_received": 0,
            "currency": form["currency"], "status": "requires_payment_method", "metadata": _nested(form, "metadata"),
            "client_secret": f"{id}_secret_of_the_payer", "last_payment_error": None,
        }  # fmt: skip
        self._tell("payment_intent.created", intent)
        return intent

    def _create_refund(self, form: Object) -> tuple[int, Object]:
        intent, amount = self.intents[form["payment_intent"]], int(form["amount"])
        if self.accounts[intent["id"]] != form["account"]:
            return _error(404, "invalid_request_error", "No such payment_intent")
        given = sum(
            one["amount"]
            for one in self.refunds.values()
            if one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )
        if amount > intent["amount_received"] - given:
            return _error(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge.")
        id = self._id("re")
        self.accounts[id] = form["account"]
        self.refunds[id] = refund = {
            "id": id, "object": "refund", "amount": amount, "currency": intent["currency"], "status": "succeeded",
            "payment_intent": intent["id"], "metadata": _nested(form, "metadata"), "failure_reason": None,
        }  # fmt: skip
        self._tell("refund.created", refund)
        return 200, refund

    def _id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self.prefix}{self._number:04d}"

    def _tell(self, type: str, about: Object) -> None:
        event = {"id": self._id("evt"), "object": "event", "type": type, "data": {"object": about}}
        if account := self.accounts.get(about.get("payment_intent") or about["id"], ""):
            event["account"] = account
        self.events.append(json.loads(json.dumps(event)))


def _error(status: int, type: str, message: str) -> tuple[int, Object]:
    return status, {"error": {"type": type, "message": message}}


def _nested(form: Object, name: str) -> dict[str, str]:
    inner = re.compile(re.escape(name) + r"\[(.+)\]")
    return {found[1]: value for key, value in form.items() if (found := inner.fullmatch(key))}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: StripeStandIn

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = parts.path.startswith("/v1/")
        fault = self.provider.faults.popleft() if asked and self.provider.faults else None
        if parts.path == "/stripe.js":
            self._send(200, "text/javascript", SCRIPT.encode())
        elif parts.path == "/confirm":
            self._reply(200, self.provider.confirm(dict(parse_qsl(raw.decode()))))
        elif fault in ("dropped", "hang", "reset"):
            self._be_gone(fault)
        elif isinstance(fault, int):
            self._reply(*_error(fault, "api_error", "Not now."))
        else:
            form = dict(parse_qsl(raw.decode() or parts.query))
            key, account = self.headers.get("Idempotency-Key"), self.headers.get("Stripe-Account") or ""
            answer = self.provider.answer(method, parts.path, form, key, raw, account)
            if fault == "lost":
                self.close_connection = True
            elif fault == "trickle":
                self._trickle()
            else:
                self._reply(*answer)

    def _be_gone(self, how: str) -> None:
        self.close_connection = True
        if how == "hang":
            self.provider.closed.wait(60)
        if how == "reset":  # closed with nothing to linger for, a socket answers RST
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "60")
        self.end_headers()
        for _ in range(60):
            self.wfile.write(b" ")
            if self.provider.closed.wait(1):
                break
        self.close_connection = True

    def _reply(self, status: int, body: Object) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, media_type: str, sent: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *args: Any) -> None:
        pass
