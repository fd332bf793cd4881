"""What the provider tells of its objects, of which only this is read."""

from typing import Any

import msgspec

Metadata = dict[str, str]


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent; amounts in the provider's units."""

    id: str
    amount: int
    currency: str
    status: str
    amount_received: int = 0
    metadata: Metadata = {}
    client_secret: str | None = None
    last_payment_error: dict[str, Any] | None = None


class ProviderRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A Refund."""

    id: str
    amount: int
    currency: str
    status: str
    payment_intent: str | None = None
    metadata: Metadata = {}
    failure_reason: str | None = None


class BalanceChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a dispute moved on the provider's balance; a negative `amount` was taken from it."""

    amount: int
    fee: int = 0
    currency: str


class DisputeEvidence(msgspec.Struct, frozen=True, kw_only=True):
    due_by: int | None = None


class ProviderDispute(msgspec.Struct, frozen=True, kw_only=True):
    """A Dispute; instants are seconds since 1970.

    `is_charge_refundable`: its payment can still be refunded, and refunded in full it ends with nothing withdrawn.
    """

    id: str
    amount: int
    currency: str
    reason: str
    status: str
    created: int
    payment_intent: str | None = None
    is_charge_refundable: bool = False
    evidence_details: DisputeEvidence = DisputeEvidence()
    balance_transactions: tuple[BalanceChange, ...] = ()


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A signed event: its `object` is one of the above, as JSON, of a connected `account` or of our own."""

    id: str
    type: str
    account: str = ""
    object: dict[str, Any]
