"""Every call of the API is tried by the other tenant's owner: acme's things are not there, and nothing changes.

The list of calls is read from the routes, so a call that is added must say here how a stranger tries it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from string import Template
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from apps.auth import tokens
from apps.auth.models import Passkey, ProviderIdentity, User
from apps.billing.models import Dispute, OnlinePayment
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem, nothing_written

MARCH_BODY = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
METHODS = ("get", "post", "put", "patch", "delete")
SignIn = Callable[..., Api]
Scene = dict[str, str]


def calls(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str, type]]:
    """Method, route and view class of every call under /api/v1/."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from calls(pattern, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            view = getattr(pattern.callback, "cls", None)
            assert view is not None, f"{route} is not served by an ApiView"
            yield from (
                (method.upper(), route.removeprefix("api/v1/"), view) for method in METHODS if hasattr(view, method)
            )


CALLS = {(method, route): view for method, route, view in calls()}
WITHOUT_TOKEN = {
    ("POST", "auth/login"),
    ("POST", "auth/refresh"),
    ("POST", "auth/logout"),
    ("POST", "auth/password/reset"),
    ("POST", "auth/password/reset/confirm"),
    ("GET", "auth/oauth"),
    ("GET", "auth/oauth/<str:provider>/authorize"),
    ("POST", "auth/passkeys/challenge"),
    ("POST", "auth/passkeys/sign-in"),  # at another tenant's host: tests/passkeys/test_over_the_api.py
    ("POST", "auth/oauth/exchange"),  # of another tenant: tests/providers/test_for_front_ends.py
    ("GET", "billing/pay/<str:link>"),  # signed, tried at another tenant's: tests/billing/test_pay_links.py
    ("POST", "billing/payments/webhooks/stripe"),  # signed: tests/billing/test_webhooks.py
    ("POST", "auth/invitations/accept"),  # at another tenant's host: tests/identity/test_invitations.py
}


@pytest.fixture
def scene(api: SignIn, acme: TenantRef) -> Scene:
    """What acme has: a location with a gate, a type of its own, a rate, a vehicle inside, one that left and paid."""
    owner = api("owner")

    def made(path: str, body: dict[str, Any]) -> Any:
        answer = owner.post(path, body)
        assert answer.status == 201, answer
        return answer.json

    place = made("parking/locations", {"name": "Secret yard", "capacity": 5})["id"]
    rates = {"vehicleType": "car", "rates": {"hourly": 20}, "effectiveDate": "2026-01-01T00:00:00Z"}
    earlier = clock.now() - timedelta(minutes=30)
    entry = {"vehicleType": "car", "locationId": place, "entryTime": earlier.isoformat()}
    entries = [{"resource": "entries", "actions": ["read"]}]
    rate = made("billing/rates", rates)["id"]
    left = made("parking/entries", entry | {"vehicleNumber": "MH 99 ZZ 0001", "driverName": "Asha"})["id"]
    paid = {"vehicleNumber": "MH 99 ZZ 0001", "payment": {"method": "cash", "amount": 20}}
    payment = made("parking/exits", paid)["payment"]
    for haulier, plate in (("Secret haulier", "MH 99 ZZ 0002"), ("Second haulier", "MH 99 ZZ 0003")):
        made("parking/entries", entry | {"vehicleNumber": plate, "transportName": haulier})
        made("parking/exits", {"vehicleNumber": plate})
    period = {"from": "2026-01-01", "to": "2100-01-01"}
    customer = {"name": "Secret hauliers", "kind": "prepaid", "transportNames": ["Secret lines"]}
    simulation = made(f"billing/rates/{rate}/simulate", MARCH_BODY)["id"]
    with tenancy.enter(acme):
        online = str(
            OnlinePayment.objects.create(
                id=new_id(),
                stay_id=left,
                amount=2_000,
                currency="INR",
                provider="stripe",
                status="pending",
                priced_at=earlier,
                created_at=earlier,
                changed_at=earlier,
            ).id
        )
        dispute = str(
            Dispute.objects.create(
                id=new_id(), payment_id=payment["id"], provider_id="dp_secret", amount=2_000, currency="INR",
                reason="fraudulent", status="won", opened_at=earlier, changed_at=earlier,
            ).id
        )  # fmt: skip
    return {
        "location": place,
        "tenant": str(acme.id),
        "user": owner.get("auth/users", role="viewer").json["items"][0]["id"],
        "role": made("auth/roles", {"name": "secret-role", "permissions": entries})["name"],
        "key": made("auth/api-keys", {"name": "Secret camera", "permissions": entries})["apiKey"]["id"],
        "invitation": made("auth/invitations", {"email": "secret@new.example", "role": "viewer"})["id"],
        "gate": made("parking/gates", {"locationId": place, "name": "Secret gate"})["id"],
        "type": made("parking/vehicle-types", {"code": "tank-truck"})["code"],
        "rate": rate,
        "simulation": simulation,
        "entry": made("parking/entries", entry | {"vehicleNumber": "MH 12 AB 1234", "driverName": "Asha"})["id"],
        "left": left,
        "receipt": payment["receiptNumber"],
        "refund": made(f"billing/payments/{payment['id']}/refund", {"amount": 1, "reason": "Secret reason"})["id"],
        "online": online,
        "dispute": dispute,
        "payment": payment["id"],
        "customer": (owner_of := made("billing/customers", customer)["id"]),
        "permit": made(
            "billing/permits", {"customerId": owner_of, "vehicles": ["MH 88 SECRET"], "validFrom": "2026-01-01"}
        )["id"],
        "invoice": made("billing/invoices", period | {"transportName": "Secret haulier"})["id"],
        "code": made("billing/discount-codes", {"code": "SECRET-SALE"})["id"],
        "merchant": made("billing/merchants", {"name": "Secret shop", "facts": {"shopped": True}})["id"],
        "validation": str(new_id()),
        "identity": identity_of("manager@acme.example"),
        "passkey": passkey_of("manager@acme.example"),
        "shift": made("billing/shifts", {"locationId": place, "drawer": "Secret booth", "openingFloat": 5})["id"],
        "counted": _counted(api("operator"), place),
        "sign_in": str(tokens.read_access(owner.token or "").session_id),
    }


def identity_of(email: str) -> str:
    """A provider's account that signs in as this person."""
    with tenancy.public():
        user, at = User.objects.get(email=email), clock.now()
        facts = {"provider": "google", "subject": "Secret", "email": email}
        return str(ProviderIdentity.objects.create(user=user, linked_at=at, last_used_at=at, **facts).id)


def passkey_of(email: str) -> str:
    """A passkey of this person's."""
    with tenancy.public():
        user = User.objects.get(email=email)
        facts = {"credential_id": b"Secret", "credential": b"", "rp_id": "acme.localhost", "name": "Secret phone"}
        return str(Passkey.objects.create(user=user, sign_count=0, created_at=clock.now(), **facts).id)


def _counted(cashier: Api, place: str) -> str:
    """A shift of a cashier that was counted."""
    opened = cashier.post("billing/shifts", {"locationId": place, "drawer": "2", "openingFloat": 5})
    closed = cashier.post(f"billing/shifts/{opened.json['id']}/close", {"counted": 5})
    assert closed.status == 200, closed
    return str(closed.json["id"])


@dataclass(frozen=True)
class Attempt:
    """A call at acme's things, whose ids stand for their names in braces, and how it must end."""

    path: str
    status: int
    code: str = ""
    body: Any = None

    def by(self, stranger: Api, method: str, acme: Scene) -> None:
        body = json.loads(Template(json.dumps(self.body)).substitute(acme))
        headers = {"If-Match": '"1"'} if method in ("PATCH", "POST") else None
        reply = stranger._send(method, self.path.format(**acme), None if method == "GET" else body, headers)
        if self.status >= 400:
            assert_problem(reply, self.status, self.code)
        else:
            assert reply.status == self.status, reply
            if self.code == "file":
                return
            assert reply.json.get("items", []) == [] or self.code == "own", reply


CAR = {"vehicleNumber": "XX 1", "vehicleType": "car"}
AT_ACMES = CAR | {"locationId": "$location"}
RATE = {"vehicleType": "car", "rates": {"hourly": 1}, "locationId": "$location"}
PREVIEW = {"rates": {"hourly": 1}, "entryTime": "2026-03-01T00:00:00Z", "upToHours": 1}
PAYMENT = {"entryId": "$left", "amount": 20, "currency": "EUR", "method": "cash"}
SHOP = {"name": "Shop", "facts": {"shopped": True}}
TOPUP = {"amount": 20, "method": "cash", "purpose": "topup"}
STAY = {
    "vehicleType": "car",
    "locationId": "$location",
    "entryTime": "2026-03-01T00:00:00Z",
    "exitTime": "2026-03-01T02:00:00Z",
}
NEWCOMER = {"email": "newcomer@globex.example", "fullName": "Newcomer", "role": "viewer"}
NO_PASSKEY = {
    "state": "x",
    "name": "Mine",
    "credential": {"id": "x", "rawId": "x", "response": {"clientDataJSON": "x", "attestationObject": "x"}},
}
ENTRIES = [{"resource": "entries", "actions": ["read"]}]
PAST = "at=2026-03-01T00:00:00Z"
MARCH = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"

DAYS = "from=2026-01-01&to=2027-01-01"
PERIOD = {"from": "2026-01-01", "to": "2027-01-01"}

TRIES = {
    ("POST", "auth/switch-tenant"): [Attempt("auth/switch-tenant", 403, "not_a_member", {"tenant": "acme"})],
    ("GET", "auth/me"): [Attempt("auth/me", 200)],
    ("GET", "auth/permissions/check"): [Attempt("auth/permissions/check?resource=entries&action=read", 200)],
    ("GET", "auth/users"): [Attempt("auth/users", 200, "own"), Attempt("auth/users?role=secret-role", 200)],
    ("POST", "auth/users"): [
        Attempt("auth/users", 422, "invalid", NEWCOMER | {"role": "secret-role"}),
        Attempt("auth/users", 422, "invalid", NEWCOMER | {"locations": ["$location"]}),
    ],
    ("GET", "auth/users/<uuid:user_id>"): [Attempt("auth/users/{user}", 404, "member_not_found")],
    ("PATCH", "auth/users/<uuid:user_id>"): [
        Attempt("auth/users/{user}", 404, "member_not_found", {"isActive": False})
    ],
    ("DELETE", "auth/users/<uuid:user_id>"): [Attempt("auth/users/{user}", 404, "member_not_found")],
    ("PUT", "auth/users/<uuid:user_id>/role"): [
        Attempt("auth/users/{user}/role", 404, "member_not_found", {"role": "admin"})
    ],
    ("GET", "auth/roles"): [Attempt("auth/roles", 200, "own")],
    ("POST", "auth/roles"): [Attempt("auth/roles", 409, "role_exists", {"name": "viewer", "permissions": ENTRIES})],
    ("GET", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found")],
    ("PATCH", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found", {"permissions": ENTRIES})],
    ("DELETE", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found")],
    ("GET", "auth/api-keys"): [Attempt("auth/api-keys", 200)],
    ("POST", "auth/api-keys"): [
        Attempt("auth/api-keys", 422, "invalid", {"name": "x", "permissions": ENTRIES, "locations": ["$location"]})
    ],
    ("DELETE", "auth/api-keys/<uuid:key_id>"): [Attempt("auth/api-keys/{key}", 404, "api_key_not_found")],
    ("POST", "auth/api-keys/<uuid:key_id>/rotate"): [
        Attempt("auth/api-keys/{key}/rotate", 404, "api_key_not_found", {})
    ],
    ("GET", "parking/entries"): [Attempt("parking/entries", 200), Attempt("parking/entries?q=MH12", 200)],
    ("POST", "parking/entries"): [Attempt("parking/entries", 404, "location_not_found", AT_ACMES)],
    ("POST", "parking/entries/validate"): [Attempt("parking/entries/validate", 404, "location_not_found", AT_ACMES)],
    ("GET", "parking/entries/<uuid:entry_id>"): [Attempt("parking/entries/{entry}", 404, "entry_not_found")],
    ("GET", "parking/entries/<uuid:entry_id>/overstay"): [
        Attempt("parking/entries/{entry}/overstay", 404, "entry_not_found")
    ],
    ("POST", "parking/exits"): [
        Attempt("parking/exits", 404, "not_parked", {"entryId": "$entry"}),
        Attempt("parking/exits", 404, "not_parked", {"entryId": "$left"}),
        Attempt("parking/exits", 404, "not_parked", {"vehicleNumber": "MH 12 AB 1234"}),
    ],
    ("GET", "parking/occupancy"): [
        Attempt("parking/occupancy", 200),
        Attempt(f"parking/occupancy?{PAST}", 200),
        Attempt("parking/occupancy?locationId={location}", 404, "location_not_found"),
        Attempt(f"parking/occupancy?locationId={{location}}&{PAST}", 404, "location_not_found"),
    ],
    ("GET", "parking/locations"): [Attempt("parking/locations", 200)],
    ("POST", "parking/locations"): [
        Attempt("parking/locations", 422, "invalid", {"name": "Haven", "capacity": 5, "capacities": {"tank-truck": 1}})
    ],
    ("GET", "parking/locations/<uuid:location_id>"): [
        Attempt("parking/locations/{location}", 404, "location_not_found")
    ],
    ("PATCH", "parking/locations/<uuid:location_id>"): [
        Attempt("parking/locations/{location}", 404, "location_not_found", {"capacity": 0})
    ],
    ("GET", "parking/locations/<uuid:location_id>/availability"): [
        Attempt("parking/locations/{location}/availability", 404, "location_not_found")
    ],
    ("GET", "parking/gates"): [Attempt("parking/gates", 200)],
    ("POST", "parking/gates"): [
        Attempt("parking/gates", 404, "location_not_found", {"locationId": "$location", "name": "Back door"})
    ],
    ("GET", "parking/vehicle-types"): [Attempt("parking/vehicle-types", 200, "own")],
    ("POST", "parking/vehicle-types"): [Attempt("parking/vehicle-types", 409, "name_taken", {"code": "car"})],
    ("GET", "events"): [
        Attempt("events?aggregateId={entry}", 200),
        Attempt("events?aggregateId={location}&fromVersion=1", 200),
        Attempt("events?type=VehicleEntered&from=2026-01-01T00:00:00Z", 200),
    ],
    ("POST", "events/replay"): [
        Attempt("events/replay", 409, "nothing_replayable", {"type": "VehicleEntered", "from": "2026-01-01T00:00:00Z"})
    ],
    ("GET", "auth/support-visits"): [Attempt("auth/support-visits", 200)],
    ("DELETE", "auth/support-visits/<uuid:support_id>"): [
        Attempt("auth/support-visits/{entry}", 404, "support_session_not_found")
    ],
    ("GET", "parking/personal-data"): [
        Attempt("parking/personal-data?vehicleNumber=MH%2012%20AB%201234", 200, "file"),
        Attempt("parking/personal-data?driverName=Asha", 200, "file"),
        Attempt("parking/personal-data?userId={user}", 200, "file"),
    ],
    ("POST", "parking/personal-data/erasures"): [
        Attempt("parking/personal-data/erasures", 404, "nobody_found", {"entryIds": ["$left"], "reference": "1"})
    ],
    ("GET", "parking/personal-data/retention"): [Attempt("parking/personal-data/retention", 200)],
    ("PUT", "parking/personal-data/retention"): [Attempt("parking/personal-data/retention", 422, "invalid", {})],
    ("GET", "audit"): [Attempt("audit", 200, "own"), Attempt("audit?subject={location}", 200)],
    ("GET", "audit/export"): [Attempt("audit/export", 200, "file"), Attempt("audit/export?format=csv", 200, "file")],
    ("GET", "billing/rates"): [Attempt("billing/rates", 200)],
    ("POST", "billing/rates"): [Attempt("billing/rates", 422, "invalid", RATE)],
    ("GET", "billing/rates/applicable"): [
        Attempt("billing/rates/applicable?vehicleType=car", 404, "no_applicable_rate"),
        Attempt("billing/rates/applicable?vehicleType=car&locationId={location}", 404, "location_not_found"),
        Attempt("billing/rates/applicable?vehicleType=tank-truck", 422, "invalid"),
    ],
    ("GET", "billing/rates/<uuid:rate_id>"): [Attempt("billing/rates/{rate}", 404, "rate_not_found")],
    ("PATCH", "billing/rates/<uuid:rate_id>"): [
        Attempt("billing/rates/{rate}", 404, "rate_not_found", {"rates": {"hourly": 1}})
    ],
    ("POST", "billing/rates/preview"): [
        Attempt("billing/rates/preview", 200, "own", {**PREVIEW, "vehicleType": "car"}),
    ],
    ("POST", "billing/rates/<uuid:rate_id>/activate"): [
        Attempt("billing/rates/{rate}/activate", 404, "rate_not_found", {}),
    ],
    ("POST", "billing/rates/<uuid:rate_id>/simulate"): [
        Attempt("billing/rates/{rate}/simulate", 404, "rate_not_found", MARCH_BODY)
    ],
    ("GET", "billing/simulations"): [
        Attempt("billing/simulations", 200),
        Attempt("billing/simulations?rateId={rate}", 200),
    ],
    ("GET", "billing/simulations/<uuid:simulation_id>"): [
        Attempt("billing/simulations/{simulation}", 404, "simulation_not_found")
    ],
    ("GET", "billing/fees/<uuid:entry_id>"): [Attempt("billing/fees/{left}", 404, "fee_not_found")],
    ("POST", "billing/quotes"): [
        Attempt("billing/quotes", 404, "entry_not_found", {"entryId": "$entry"}),
        Attempt("billing/quotes", 404, "location_not_found", STAY),
    ],
    ("POST", "billing/payments/<uuid:payment_id>/refund"): [
        Attempt("billing/payments/{payment}/refund", 404, "payment_not_found", {"amount": 1, "reason": "x"})
    ],
    ("POST", "billing/payments/<uuid:payment_id>/void"): [
        Attempt("billing/payments/{payment}/void", 404, "payment_not_found", {"reason": "x"})
    ],
    ("GET", "billing/payments"): [
        Attempt("billing/payments", 200),
        Attempt("billing/payments?entryId={left}", 200),
        Attempt("billing/payments?locationId={location}", 200),
    ],
    ("GET", "billing/payments/<uuid:payment_id>"): [Attempt("billing/payments/{payment}", 404, "payment_not_found")],
    ("GET", "billing/stays/<uuid:entry_id>/account"): [Attempt("billing/stays/{left}/account", 404, "entry_not_found")],
    ("GET", "billing/payments/online/<uuid:online_id>"): [
        Attempt("billing/payments/online/{online}", 404, "online_payment_not_found")
    ],
    ("GET", "billing/payments/online/<uuid:online_id>/qr.svg"): [
        Attempt("billing/payments/online/{online}/qr.svg", 404, "online_payment_not_found")
    ],
    ("GET", "billing/takings"): [
        Attempt(f"billing/takings?{MARCH}", 200),
        Attempt("billing/takings?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&locationId={location}", 200),
    ],
    ("GET", "billing/disputes"): [Attempt("billing/disputes", 200)],
    ("GET", "billing/disputes/<uuid:dispute_id>/evidence.zip"): [
        Attempt("billing/disputes/{dispute}/evidence.zip", 404, "dispute_not_found")
    ],
    ("GET", "billing/reconciliation"): [Attempt("billing/reconciliation", 200, "own")],
    ("POST", "billing/refunds/<uuid:refund_id>/retry"): [
        Attempt("billing/refunds/{refund}/retry", 404, "refund_not_found")
    ],
    ("GET", "billing/payment-rules"): [
        Attempt("billing/payment-rules", 200, "own"),
        Attempt("billing/payment-rules?locationId={location}", 404, "location_not_found"),
    ],
    ("PATCH", "billing/payment-rules"): [
        Attempt("billing/payment-rules?locationId={location}", 404, "location_not_found", {"exitGraceMinutes": 3})
    ],
    ("POST", "billing/shifts"): [
        Attempt("billing/shifts", 404, "location_not_found", {"locationId": "$location", "openingFloat": 1}),
        Attempt("billing/shifts", 404, "shift_not_found", {"fromShiftId": "$counted"}),
    ],
    ("GET", "billing/shifts"): [
        Attempt("billing/shifts", 200),
        Attempt("billing/shifts?locationId={location}", 200),
    ],
    ("GET", "billing/shifts/waiting"): [Attempt("billing/shifts/waiting", 200)],
    ("GET", "billing/shifts/<uuid:shift_id>"): [Attempt("billing/shifts/{shift}", 404, "shift_not_found")],
    ("GET", "billing/shifts/<uuid:shift_id>.pdf"): [Attempt("billing/shifts/{counted}.pdf", 404, "shift_not_found")],
    ("POST", "billing/shifts/<uuid:shift_id>/movements"): [
        Attempt(
            "billing/shifts/{shift}/movements", 404, "shift_not_found", {"kind": "deposit", "amount": 1, "reason": "x"}
        )
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/incidents"): [
        Attempt("billing/shifts/{shift}/incidents", 404, "shift_not_found", {"cause": "manual_open", "reason": "x"})
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/close"): [
        Attempt("billing/shifts/{shift}/close", 404, "shift_not_found", {"counted": 1})
    ],
    ("POST", "billing/shifts/<uuid:shift_id>/recounts"): [
        Attempt("billing/shifts/{counted}/recounts", 404, "shift_not_found", {"counted": 1, "reason": "x"})
    ],
    ("POST", "billing/payments"): [Attempt("billing/payments", 404, "entry_not_found", PAYMENT)],
    ("GET", "billing/customers"): [
        Attempt("billing/customers", 200),
        Attempt("billing/customers?q=Secret&active=true", 200),
    ],
    ("POST", "billing/customers"): [
        Attempt("billing/customers", 422, "invalid", {"name": "x", "kind": "credit", "vehicles": ["$customer"]})
    ],
    ("GET", "billing/customers/<uuid:customer_id>"): [
        Attempt("billing/customers/{customer}", 404, "customer_not_found")
    ],
    ("PATCH", "billing/customers/<uuid:customer_id>"): [
        Attempt("billing/customers/{customer}", 404, "customer_not_found", {"active": False})
    ],
    ("GET", "billing/customers/<uuid:customer_id>/balance"): [
        Attempt("billing/customers/{customer}/balance", 404, "customer_not_found")
    ],
    ("GET", "billing/customers/<uuid:customer_id>/statement"): [
        Attempt(f"billing/customers/{{customer}}/statement?{MARCH}", 404, "customer_not_found")
    ],
    ("POST", "billing/customers/<uuid:customer_id>/payments"): [
        Attempt("billing/customers/{customer}/payments", 404, "customer_not_found", TOPUP)
    ],
    ("PUT", "billing/stays/<uuid:entry_id>/facts"): [
        Attempt("billing/stays/{entry}/facts", 404, "entry_not_found", {"facts": {"blueBadge": True}})
    ],
    ("POST", "billing/stays/<uuid:entry_id>/codes"): [
        Attempt("billing/stays/{entry}/codes", 404, "entry_not_found", {"code": "SECRET-SALE"})
    ],
    ("DELETE", "billing/stays/<uuid:entry_id>/codes/<str:code>"): [
        Attempt("billing/stays/{entry}/codes/SECRET-SALE", 404, "entry_not_found")
    ],
    ("GET", "billing/permits"): [
        Attempt("billing/permits", 200),
        Attempt("billing/permits?customerId={customer}", 200),
    ],
    ("POST", "billing/permits"): [
        Attempt(
            "billing/permits",
            404,
            "customer_not_found",
            {"customerId": "$customer", "vehicles": ["X 1"], "validFrom": "2026-01-01"},
        )
    ],
    ("GET", "billing/permits/<uuid:permit_id>"): [Attempt("billing/permits/{permit}", 404, "permit_not_found")],
    ("PATCH", "billing/permits/<uuid:permit_id>"): [
        Attempt("billing/permits/{permit}", 404, "permit_not_found", {"active": False})
    ],
    ("GET", "billing/discount-codes"): [Attempt("billing/discount-codes", 200)],
    ("POST", "billing/discount-codes"): [
        Attempt("billing/discount-codes", 422, "invalid", {"code": "X", "locations": ["$location"]})
    ],
    ("GET", "billing/discount-codes/<uuid:code_id>"): [
        Attempt("billing/discount-codes/{code}", 404, "unknown_discount_code")
    ],
    ("PATCH", "billing/discount-codes/<uuid:code_id>"): [
        Attempt("billing/discount-codes/{code}", 404, "unknown_discount_code", {"active": False})
    ],
    ("GET", "billing/merchants"): [Attempt("billing/merchants", 200)],
    ("POST", "billing/merchants"): [
        Attempt("billing/merchants", 422, "invalid", SHOP | {"locationId": "$location"}),
        Attempt("billing/merchants", 404, "customer_not_found", SHOP | {"customerId": "$customer"}),
    ],
    ("GET", "billing/merchants/<uuid:merchant_id>"): [
        Attempt("billing/merchants/{merchant}", 404, "merchant_not_found")
    ],
    ("PATCH", "billing/merchants/<uuid:merchant_id>"): [
        Attempt("billing/merchants/{merchant}", 404, "merchant_not_found", {"active": False})
    ],
    ("GET", "billing/merchants/<uuid:merchant_id>/report"): [
        Attempt("billing/merchants/{merchant}/report?month=2026-03", 404, "merchant_not_found")
    ],
    ("POST", "billing/validations"): [
        Attempt("billing/validations", 404, "entry_not_found", {"merchantId": "$merchant", "entryId": "$entry"}),
        Attempt(
            "billing/validations",
            404,
            "entry_not_found",
            {"merchantId": "$merchant", "vehicleNumber": "MH 12 AB 1234"},
        ),
    ],
    ("DELETE", "billing/validations/<uuid:validation_id>"): [
        Attempt("billing/validations/{validation}", 404, "validation_not_found")
    ],
    ("GET", "reports/revenue"): [
        Attempt(f"reports/revenue?{MARCH}", 200),
        Attempt(f"reports/revenue?{MARCH}&format=json&groupBy=month", 200),
        Attempt(f"reports/revenue?{MARCH}&locationId={{location}}", 404, "location_not_found"),
    ],
    ("GET", "auth/sessions"): [Attempt("auth/sessions", 200, "own")],
    ("DELETE", "auth/sessions/<uuid:session_id>"): [Attempt("auth/sessions/{sign_in}", 404, "sign_in_not_found")],
    ("POST", "auth/password"): [
        Attempt(
            "auth/password",
            401,
            "invalid_credentials",
            {"currentPassword": "somebody else's", "newPassword": "three blue ferries"},
        )
    ],
    ("GET", "auth/invitations"): [Attempt("auth/invitations", 200)],
    ("POST", "auth/invitations"): [
        Attempt("auth/invitations", 422, "invalid", {"email": "n@x.example", "role": "$role"})
    ],
    ("DELETE", "auth/invitations/<uuid:invitation_id>"): [
        Attempt("auth/invitations/{invitation}", 404, "invitation_not_found")
    ],
    ("POST", "auth/invitations/<uuid:invitation_id>/resend"): [
        Attempt("auth/invitations/{invitation}/resend", 404, "invitation_not_found")
    ],
    ("GET", "auth/mfa"): [Attempt("auth/mfa", 200)],
    ("POST", "auth/mfa/enroll"): [
        Attempt("auth/mfa/enroll", 401, "invalid_credentials", {"password": "somebody else's"})
    ],
    ("POST", "auth/mfa/confirm"): [Attempt("auth/mfa/confirm", 409, "mfa_not_enrolled", {"code": "123456"})],
    ("POST", "auth/mfa/disable"): [
        Attempt("auth/mfa/disable", 401, "invalid_credentials", {"password": "somebody else's", "code": "123456"})
    ],
    ("POST", "auth/mfa/recovery-codes"): [
        Attempt("auth/mfa/recovery-codes", 409, "mfa_not_enrolled", {"code": "123456"})
    ],
    ("POST", "auth/me/email"): [
        Attempt("auth/me/email", 401, "invalid_credentials", {"newEmail": "x@x.example", "password": "somebody else's"})
    ],
    ("POST", "auth/me/email/confirm"): [Attempt("auth/me/email/confirm", 403, "link_invalid", {"token": "x"})],
    ("GET", "auth/mfa/passkeys"): [Attempt("auth/mfa/passkeys", 200)],
    ("POST", "auth/mfa/passkeys"): [Attempt("auth/mfa/passkeys", 401, "passkey_invalid", NO_PASSKEY)],
    ("POST", "auth/mfa/passkeys/challenge"): [
        Attempt("auth/mfa/passkeys/challenge", 401, "invalid_credentials", {"password": "somebody else's"})
    ],
    ("PATCH", "auth/mfa/passkeys/<uuid:passkey_id>"): [
        Attempt("auth/mfa/passkeys/{passkey}", 404, "passkey_not_found", {"name": "Mine"})
    ],
    ("POST", "auth/mfa/passkeys/<uuid:passkey_id>/remove"): [
        Attempt("auth/mfa/passkeys/{passkey}/remove", 404, "passkey_not_found", {"password": "parking-demo"})
    ],
    ("GET", "auth/identities"): [Attempt("auth/identities", 200)],
    ("DELETE", "auth/identities/<uuid:identity_id>"): [
        Attempt("auth/identities/{identity}", 404, "identity_not_found")
    ],
    ("DELETE", "auth/users/<uuid:user_id>/mfa"): [Attempt("auth/users/{user}/mfa", 404, "member_not_found")],
    ("GET", "rules/business-rules"): [Attempt("rules/business-rules", 200)],
    ("GET", "rules/business-rules/history"): [Attempt("rules/business-rules/history", 200)],
    ("PATCH", "rules/business-rules"): [
        Attempt("rules/business-rules", 412, "stale", {"security": {"maxLoginAttempts": 3}})
    ],
    ("GET", "billing/history"): [
        Attempt(f"billing/history?{DAYS}", 200, "own"),
        Attempt(f"billing/history?{DAYS}&groupBy=location", 200, "own"),
    ],
    ("GET", "billing/exports/ledger"): [Attempt(f"billing/exports/ledger?{DAYS}", 200, "file")],
    ("GET", "billing/exports/invoices"): [Attempt(f"billing/exports/invoices?{DAYS}", 200, "file")],
    ("GET", "billing/invoices"): [Attempt("billing/invoices", 200)],
    ("POST", "billing/invoices"): [
        Attempt("billing/invoices", 404, "customer_not_found", PERIOD | {"customerId": "$customer"}),
        Attempt("billing/invoices", 409, "nothing_to_invoice", PERIOD | {"transportName": "Secret haulier"}),
    ],
    ("GET", "billing/invoices/preview"): [
        Attempt(f"billing/invoices/preview?{DAYS}&customerId={{customer}}", 404, "customer_not_found"),
        Attempt(f"billing/invoices/preview?{DAYS}&transportName=Secret%20haulier", 409, "nothing_to_invoice"),
    ],
    ("GET", "billing/invoices/<uuid:invoice_id>"): [Attempt("billing/invoices/{invoice}", 404, "invoice_not_found")],
    ("GET", "billing/invoices/<uuid:invoice_id>.pdf"): [
        Attempt("billing/invoices/{invoice}.pdf", 404, "invoice_not_found")
    ],
    ("GET", "billing/invoices/<uuid:invoice_id>.xml"): [
        Attempt("billing/invoices/{invoice}.xml", 404, "invoice_not_found")
    ],
    ("POST", "billing/invoices/<uuid:invoice_id>/credit-notes"): [
        Attempt("billing/invoices/{invoice}/credit-notes", 404, "invoice_not_found", {"reason": "x"})
    ],
    ("POST", "billing/invoices/<uuid:invoice_id>/email"): [
        Attempt("billing/invoices/{invoice}/email", 404, "invoice_not_found", {"to": "thief@globex.example"})
    ],
    ("GET", "billing/reconciliation/unpriced"): [Attempt("billing/reconciliation/unpriced", 200)],
    ("POST", "billing/reconciliation/<uuid:entry_id>/settle"): [
        Attempt("billing/reconciliation/{left}/settle", 404, "entry_not_found", {"amount": 1, "reason": "x"})
    ],
    ("GET", "billing/letterhead"): [Attempt("billing/letterhead", 200, "own")],
    ("PUT", "billing/letterhead"): [Attempt("billing/letterhead", 428, "if_match_required", {"legalName": "x"})],
    ("GET", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 404, "no_logo")],
    ("PUT", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 428, "if_match_required", {"image": ""})],
    ("DELETE", "billing/letterhead/logo"): [Attempt("billing/letterhead/logo", 428, "if_match_required")],
    ("GET", "billing/receipts/<str:number>.pdf"): [Attempt("billing/receipts/{receipt}.pdf", 404, "receipt_not_found")],
    ("POST", "billing/receipts/<str:number>/email"): [
        Attempt("billing/receipts/{receipt}/email", 404, "receipt_not_found", {"to": "thief@globex.example"})
    ],
    ("GET", "billing/receipts/<str:number>"): [Attempt("billing/receipts/{receipt}", 404, "receipt_not_found")],
}

# About the installation, and so no tenant's: its owner may neither look nor touch, be it at their own tenant.
PLATFORM_TRIES = {
    ("POST", "auth/support-sessions"): "auth/support-sessions",
    ("DELETE", "auth/support-sessions/<uuid:support_id>"): "auth/support-sessions/{entry}",
    ("GET", "rules/tenants"): "rules/tenants",
    ("POST", "rules/tenants"): "rules/tenants",
    ("GET", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("PATCH", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("DELETE", "rules/tenants/<uuid:tenant_id>"): "rules/tenants/{tenant}",
    ("POST", "rules/tenants/<uuid:tenant_id>/hosts"): "rules/tenants/{tenant}/hosts",
    ("PUT", "rules/tenants/<uuid:tenant_id>/hosts/<str:host>"): "rules/tenants/{tenant}/hosts/acme.localhost",
    ("DELETE", "rules/tenants/<uuid:tenant_id>/hosts/<str:host>"): "rules/tenants/{tenant}/hosts/acme.localhost",
}
TRIES |= {call: [Attempt(path, 403, "not_permitted", {})] for call, path in PLATFORM_TRIES.items()}


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


def send(api: Api, call: tuple[str, str], scene: Scene) -> Reply:
    """The call with an empty body, at acme's things."""
    method, route = call
    for name, value in (
        ("<uuid:entry_id>", scene["entry"]),
        ("<uuid:location_id>", scene["location"]),
        ("<uuid:rate_id>", scene["rate"]),
        ("<uuid:simulation_id>", scene["simulation"]),
        ("<uuid:payment_id>", scene["payment"]),
        ("<uuid:online_id>", scene["online"]),
        ("<uuid:refund_id>", scene["refund"]),
        ("<uuid:dispute_id>", scene["dispute"]),
        ("<uuid:invoice_id>", scene["invoice"]),
        ("<uuid:customer_id>", scene["customer"]),
        ("<uuid:shift_id>", scene["shift"]),
        ("<uuid:code_id>", scene["code"]),
        ("<uuid:permit_id>", scene["permit"]),
        ("<str:code>", "SECRET-SALE"),
        ("<uuid:merchant_id>", scene["merchant"]),
        ("<uuid:validation_id>", scene["validation"]),
        ("<str:number>", scene["receipt"]),
        ("<uuid:tenant_id>", scene["tenant"]),
        ("<str:host>", "acme.localhost"),
        ("<uuid:user_id>", scene["user"]),
        ("<str:name>", scene["role"]),
        ("<uuid:key_id>", scene["key"]),
        ("<uuid:invitation_id>", scene["invitation"]),
        ("<uuid:support_id>", scene["entry"]),
        ("<uuid:session_id>", scene["sign_in"]),
        ("<uuid:identity_id>", scene["identity"]),
        ("<uuid:passkey_id>", scene["passkey"]),
    ):
        route = route.replace(name, value)
    return api._send(method, route, None if method == "GET" else {}, None)


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
