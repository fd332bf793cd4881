"""What acme has when a stranger comes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.auth import tokens
from apps.auth.models import Passkey, ProviderIdentity, User
from apps.billing.models import Dispute, OnlinePayment
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.tenancy import TenantRef
from tests.factories.api import Api

SignIn = Callable[..., Api]
Scene = dict[str, str]
MARCH_BODY = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


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
        "paid_in": made(f"billing/customers/{owner_of}/payments", {"amount": 1, "method": "upi", "purpose": "invoice"})[
            "id"
        ],
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
