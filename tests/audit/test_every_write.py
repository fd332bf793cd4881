"""Every call that writes leaves an audit answer under its correlation id, by whoever sent it.

The calls are read from the routes: one that is added says here how it is sent, or why it leaves no trace.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Template
from typing import Any

import pytest

from apps.core.tenancy import TenantRef
from tests.audit.trail import trail
from tests.factories.api import Api
from tests.strangers.calls import CALLS
from tests.strangers.platform import PLATFORM_TRIES
from tests.strangers.scene import Scene, scene

pytestmark = pytest.mark.django_db
__all__ = ["scene"]
ENTRIES = [{"resource": "entries", "actions": ["read"]}]
CASE = {"reference": "DSR-1", "entryIds": ["$left"]}


@dataclass(frozen=True)
class Write:
    """A call that is taken, and what the trail calls it."""

    path: str
    action: str
    body: Any = None
    etag: str = '"1"'


WRITES = {
    ("POST", "auth/users"): Write(
        "auth/users", "member.added", {"email": "new@acme.example", "fullName": "New", "role": "viewer"}
    ),
    ("PATCH", "auth/users/<uuid:user_id>"): Write("auth/users/{user}", "member.changed", {"fullName": "Other"}),
    ("DELETE", "auth/users/<uuid:user_id>"): Write("auth/users/{user}", "member.removed"),
    ("PUT", "auth/users/<uuid:user_id>/role"): Write("auth/users/{user}/role", "member.changed", {"role": "auditor"}),
    ("POST", "auth/roles"): Write("auth/roles", "role.added", {"name": "clerk", "permissions": ENTRIES}),
    ("PATCH", "auth/roles/<str:name>"): Write(
        "auth/roles/{role}", "role.changed", {"permissions": [{"resource": "exits", "actions": ["read"]}]}
    ),
    ("DELETE", "auth/roles/<str:name>"): Write("auth/roles/{role}", "role.removed"),
    ("POST", "auth/api-keys"): Write("auth/api-keys", "api_key.added", {"name": "x", "permissions": ENTRIES}),
    ("DELETE", "auth/api-keys/<uuid:key_id>"): Write("auth/api-keys/{key}", "api_key.revoked"),
    ("POST", "auth/api-keys/<uuid:key_id>/rotate"): Write("auth/api-keys/{key}/rotate", "api_key.rotated", {}),
    ("POST", "auth/me/email"): Write(
        "auth/me/email", "user.email_change_asked", {"newEmail": "x@x.example", "password": "parking-demo"}
    ),
    ("POST", "auth/password"): Write(
        "auth/password",
        "user.password_changed",
        {"currentPassword": "parking-demo", "newPassword": "three blue ferries"},
    ),
    ("DELETE", "auth/sessions/<uuid:session_id>"): Write("auth/sessions/{sign_in}", "user.signed_out"),
    ("PATCH", "rules/business-rules"): Write(
        "rules/business-rules", "rules.changed", {"security": {"maxLoginAttempts": 4}}, '"0"'
    ),
    ("POST", "parking/entries"): Write(
        "parking/entries", "VehicleEntered", {"vehicleNumber": "X 1", "vehicleType": "car", "locationId": "$location"}
    ),
    ("POST", "parking/exits"): Write("parking/exits", "VehicleExited", {"entryId": "$entry"}),
    ("POST", "parking/locations"): Write("parking/locations", "location.added", {"name": "Other", "capacity": 1}),
    ("PATCH", "parking/locations/<uuid:location_id>"): Write(
        "parking/locations/{location}", "location.changed", {"address": "Dock 4"}, "*"
    ),
    ("POST", "parking/gates"): Write("parking/gates", "gate.added", {"locationId": "$location", "name": "Back"}),
    ("POST", "parking/vehicle-types"): Write("parking/vehicle-types", "vehicle_type.added", {"code": "tram"}),
    ("PUT", "parking/personal-data/retention"): Write(
        "parking/personal-data/retention", "retention.changed", {"retentionDays": 90}
    ),
    ("POST", "billing/rates"): Write(
        "billing/rates",
        "RatesChanged",
        {"vehicleType": "van", "rates": {"hourly": 9}, "effectiveDate": "2026-01-01T00:00:00Z"},
    ),
    ("PATCH", "billing/rates/<uuid:rate_id>"): Write("billing/rates/{rate}", "RatesChanged", {"rates": {"hourly": 8}}),
    ("POST", "billing/permits"): Write(
        "billing/permits",
        "permit.added",
        {"customerId": "$customer", "vehicles": ["X 1"], "validFrom": "2026-01-01"},
    ),
    ("PATCH", "billing/permits/<uuid:permit_id>"): Write("billing/permits/{permit}", "permit.changed", {"places": 5}),
    ("POST", "billing/discount-codes"): Write("billing/discount-codes", "discount_code.added", {"code": "SUMMER"}),
    ("PATCH", "billing/discount-codes/<uuid:code_id>"): Write(
        "billing/discount-codes/{code}", "discount_code.changed", {"maxUses": 5}
    ),
    ("POST", "billing/merchants"): Write("billing/merchants", "merchant.added", {"name": "Shop", "facts": {"x": True}}),
    ("PATCH", "billing/merchants/<uuid:merchant_id>"): Write(
        "billing/merchants/{merchant}", "merchant.changed", {"quotaPerDay": 5}
    ),
    ("PUT", "billing/stays/<uuid:entry_id>/facts"): Write(
        "billing/stays/{entry}/facts", "stay.facts_told", {"facts": {}}
    ),
    ("POST", "billing/customers"): Write("billing/customers", "customer.added", {"name": "Tata", "kind": "credit"}),
    ("PATCH", "billing/customers/<uuid:customer_id>"): Write(
        "billing/customers/{customer}", "customer.changed", {"creditLimit": 5}
    ),
    ("POST", "billing/customers/<uuid:customer_id>/payments"): Write(
        "billing/customers/{customer}/payments",
        "customer.paid",
        {"amount": 5, "method": "cash", "purpose": "topup"},
    ),
    ("POST", "billing/invoices"): Write(
        "billing/invoices",
        "InvoiceIssued",
        {"from": "2026-01-01", "to": "2100-01-01", "transportName": "Second haulier"},
    ),
    ("POST", "billing/invoices/<uuid:invoice_id>/credit-notes"): Write(
        "billing/invoices/{invoice}/credit-notes", "CreditNoteIssued", {"reason": "wrong address"}
    ),
    ("POST", "billing/invoices/<uuid:invoice_id>/email"): Write(
        "billing/invoices/{invoice}/email", "document.mailed", {"to": "office@road.example"}
    ),
    ("PUT", "billing/letterhead"): Write("billing/letterhead", "letterhead.changed", {"legalName": "Acme Ltd"}, '"0"'),
    ("POST", "billing/receipts/<str:number>/email"): Write(
        "billing/receipts/{receipt}/email", "document.mailed", {"to": "driver@road.example"}
    ),
    ("PATCH", "billing/payment-rules"): Write(
        "billing/payment-rules", "payment_rules.changed", {"exitGraceMinutes": 9}, '"0"'
    ),
    ("POST", "billing/rates/<uuid:rate_id>/simulate"): Write(
        "billing/rates/{rate}/simulate",
        "rates.simulated",
        {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"},
    ),
    ("POST", "billing/shifts/<uuid:shift_id>/movements"): Write(
        "billing/shifts/{shift}/movements", "shift.cash_moved", {"kind": "deposit", "amount": 1, "reason": "x"}
    ),
    ("POST", "billing/shifts/<uuid:shift_id>/incidents"): Write(
        "billing/shifts/{shift}/incidents", "shift.incident_reported", {"cause": "manual_open", "reason": "x"}
    ),
    ("POST", "billing/shifts/<uuid:shift_id>/close"): Write(
        "billing/shifts/{shift}/close", "ShiftClosed", {"counted": 5}
    ),
    ("POST", "billing/shifts/<uuid:shift_id>/recounts"): Write(
        "billing/shifts/{counted}/recounts", "ShiftRecounted", {"counted": 6, "reason": "x"}
    ),
    ("POST", "events/replay"): Write(
        "events/replay", "events.replayed", {"type": "VehicleEntered", "from": "2026-01-01T00:00:00Z"}
    ),
}

# No trace of their own, each for its reason; or tried elsewhere because it takes more than one call.
ELSEWHERE = {
    ("POST", "auth/invitations"): "invitation.added, beside its e-mail: tests/identity",
    ("POST", "auth/invitations/accept"): "takes a link from an e-mail: tests/identity",
    ("DELETE", "auth/invitations/<uuid:invitation_id>"): "takes an invitation: tests/identity",
    ("POST", "auth/invitations/<uuid:invitation_id>/resend"): "takes an invitation: tests/identity",
    ("POST", "auth/password/reset"): "asks for an e-mail and changes nothing",
    ("POST", "auth/password/reset/confirm"): "takes a link from an e-mail: tests/identity",
    ("POST", "billing/payments/<uuid:payment_id>/refund"): "the event PaymentRefunded",
    ("POST", "billing/customers/<uuid:customer_id>/payments/<uuid:payment_id>/void"): (
        "customer.payment_voided, which takes a payment: tests/billing"
    ),
    ("POST", "billing/payments/<uuid:payment_id>/void"): "the event PaymentVoided",
    ("POST", "billing/payments/webhooks/stripe"): "PaymentTaken by Stripe, dispute.changed: tests/billing",
    ("POST", "billing/refunds/<uuid:refund_id>/retry"): "refund.retried, which takes a refund that failed",
    ("PUT", "billing/letterhead/logo"): "letterhead.changed, which takes an image: tests/billing/test_letterhead.py",
    ("DELETE", "billing/letterhead/logo"): "letterhead.changed, which takes a logo",
    ("POST", "billing/shifts"): "the event ShiftOpened; the scene's owner has an open shift",
    ("POST", "billing/reconciliation/<uuid:entry_id>/settle"): "StayPriced, which takes a stay without a price",
    ("POST", "auth/mfa/enroll"): "counts for nothing until it is confirmed",
    ("POST", "auth/mfa/confirm"): "user.mfa_enabled, which takes a code",
    ("POST", "auth/mfa/disable"): "user.mfa_disabled, which takes a code",
    ("POST", "auth/mfa/recovery-codes"): "user.recovery_codes_renewed, which takes a code",
    ("DELETE", "auth/users/<uuid:user_id>/mfa"): "takes a member with a second factor",
    ("POST", "auth/login"): "test_trail: the sign-in is told of",
    ("DELETE", "auth/identities/<uuid:identity_id>"): "user.provider_unlinked: tests/providers",
    ("POST", "auth/me/email/confirm"): "user.email_changed, which takes a link: tests/identity/test_own_email.py",
    ("POST", "auth/mfa/passkeys/challenge"): "counts for nothing until it is registered",
    ("POST", "auth/mfa/passkeys"): "user.passkey_added: tests/passkeys",
    ("PATCH", "auth/mfa/passkeys/<uuid:passkey_id>"): "user.passkey_renamed: tests/passkeys",
    ("POST", "auth/mfa/passkeys/<uuid:passkey_id>/remove"): "user.passkey_removed: tests/passkeys",
    ("POST", "auth/passkeys/challenge"): "writes nothing",
    ("POST", "auth/passkeys/sign-in"): "user.signed_in: tests/passkeys",
    ("POST", "auth/oauth/exchange"): "user.provider_linked and user.signed_in: tests/providers",
    ("POST", "auth/refresh"): "the same sign-in goes on; a reused token is told of",
    ("POST", "auth/logout"): "test_trail",
    ("POST", "auth/switch-tenant"): "test_trail",
    ("DELETE", "auth/support-visits/<uuid:support_id>"): "test_support",
    ("POST", "parking/entries/validate"): "writes nothing",
    ("POST", "billing/quotes"): "writes nothing",
    ("POST", "billing/rates/preview"): "writes nothing",
    ("POST", "billing/rates/<uuid:rate_id>/activate"): "RatesChanged, of a draft: tests/billing/test_activation.py",
    ("POST", "billing/stays/<uuid:entry_id>/codes"): "stay.code_used: tests/billing/test_discount_codes.py",
    ("DELETE", "billing/stays/<uuid:entry_id>/codes/<str:code>"): "stay.code_taken_back: likewise",
    ("POST", "billing/validations"): "stay.validated: tests/billing/test_merchants.py",
    ("DELETE", "billing/validations/<uuid:validation_id>"): "stay.validation_undone: likewise",
    ("POST", "billing/payments"): "PaymentTaken, as at an exit",
    ("POST", "parking/personal-data/erasures"): "test_erasure",
    **{call: "the platform's own, told in its trail" for call in PLATFORM_TRIES if call[0] != "GET"},
}


def writing_calls() -> Iterator[tuple[str, str]]:
    yield from (call for call in CALLS if call[0] != "GET")


def test_every_writing_call_is_walked_or_has_its_reason() -> None:
    assert set(writing_calls()) == WRITES.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("call", WRITES, ids=" ".join)
def test_it_leaves_an_answer(api: Callable[..., Api], acme: TenantRef, scene: Scene, call: tuple[str, str]) -> None:
    owner, write = api("owner"), WRITES[call]
    body = json.loads(Template(json.dumps(write.body)).substitute(scene))
    headers = {"If-Match": write.etag, "X-Correlation-Id": "walk-1"}
    reply = owner._send(call[0], write.path.format(**scene), body, headers)
    if call == ("POST", "events/replay") and reply.status == 409:
        return  # nobody here may hear these again; what is replayed is told in tests/events
    assert reply.status < 300, reply

    told = trail(acme, correlation_id="walk-1")
    assert write.action in {one.action for one in told}
    assert {one.actor_name for one in told} == {"Owner Of Acme"}
