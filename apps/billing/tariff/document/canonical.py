"""One way to write a plan down, and the hash of it: the same plan has the same bytes wherever it is stored."""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

from apps.billing.tariff.refusals import InvalidPlan

from .misread import misread
from .plan import PlanDocument

LARGEST_BYTES = 256 * 1024
_decode = msgspec.json.Decoder(PlanDocument).decode
_encode = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


def canonical_json(plan: PlanDocument) -> bytes:
    """Sorted keys, no spaces, numbers without superfluous zeros."""
    return _encode(_plain(msgspec.to_builtins(plan, builtin_types=(Decimal,))))


def plan_hash(canonical: bytes) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical).hexdigest()


def read_plan(text: bytes) -> PlanDocument:
    """A plan from JSON; nothing is said yet about whether it makes sense.

    Raises InvalidPlan for what is no JSON, too long or too deep, an unknown or missing key, a wrong kind of value.
    """
    if len(text) > LARGEST_BYTES:
        raise InvalidPlan("", f"A plan has at most {LARGEST_BYTES // 1024} KiB.")
    try:
        return _decode(text)
    except msgspec.ValidationError as error:
        raise misread(error, text) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidPlan("", f"The plan is no JSON: {error}") from None
    except RecursionError:
        raise InvalidPlan("", "The plan is nested too deeply.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal(f"{value.normalize():f}") + 0
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
