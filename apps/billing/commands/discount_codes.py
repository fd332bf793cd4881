"""Making and changing discount codes."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from msgspec import UNSET, UnsetType

from apps.billing.declared_facts import FactValue
from apps.billing.models import DiscountCode
from apps.billing.places import require_places
from apps.core import audit, reach
from apps.core.actor import Actor
from apps.core.errors import Conflict, Invalid, NotFound

from .lenders import require_facts, require_version

_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class UnknownDiscountCode(NotFound):
    code, title = "unknown_discount_code", "There is no such discount code"
    audited = False  # a mistyped code is a cashier's daily business


class CodeTaken(Conflict):
    code, title = "code_taken", "There is such a code already"


class CodeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a code lends and how far it goes; UNSET leaves a term as it is, None is no limit. Instants are UTC."""

    facts: dict[str, FactValue] | UnsetType = UNSET
    valid_from: datetime | None | UnsetType = UNSET
    valid_until: datetime | None | UnsetType = UNSET
    location_ids: Sequence[UUID] | UnsetType = UNSET
    vehicle_types: Sequence[str] | UnsetType = UNSET
    max_uses: int | None | UnsetType = UNSET
    max_per_vehicle: int | None | UnsetType = UNSET
    max_per_day: int | None | UnsetType = UNSET
    active: bool | UnsetType = UNSET


def code_key(code: str) -> str:
    """What codes are compared by: without case and spaces around."""
    return code.strip().upper()


@transaction.atomic
def add_discount_code(*, code: str, terms: CodeTerms, actor: Actor) -> DiscountCode:
    """Make a code; without facts it lends the one named like it. Raises Invalid, CodeTaken, OutsideYourLocations."""
    reach.require(None)
    typed = code.strip()
    if not _CODE.fullmatch(typed):
        raise Invalid.field("code", "invalid", "Write 1 to 40 letters, digits, dashes and underscores.")
    if terms.facts is UNSET:
        terms = msgspec.structs.replace(terms, facts={typed: True})
    made = DiscountCode(code=typed, code_key=code_key(typed))
    _apply(made, terms)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken("Choose another code, or change that one.") from error
    audit.record("discount_code.added", audit.Subject("discount_code", made.id), actor=actor, after=_told(made))
    return made


@transaction.atomic
def change_discount_code(*, code_id: UUID, expected_version: int, terms: CodeTerms, actor: Actor) -> DiscountCode:
    """Change a code; stays that have it keep what it lent. Raises UnknownDiscountCode, Stale, Invalid."""
    reach.require(None)
    code = DiscountCode.objects.select_for_update().filter(id=code_id).first()
    if code is None:
        raise UnknownDiscountCode("Check its id; it is not one of this tenant.")
    require_version(code, expected_version)
    before = _told(code)
    _apply(code, terms)
    code.version += 1
    code.save()
    subject = audit.Subject("discount_code", code.id)
    audit.record("discount_code.changed", subject, actor=actor, before=before, after=_told(code))
    return code


def _apply(code: DiscountCode, terms: CodeTerms) -> None:
    for name in CodeTerms.__struct_fields__:
        value = getattr(terms, name)
        if value is not UNSET:
            setattr(code, name, list(value) if isinstance(value, tuple) else value)
    require_facts(code.facts)
    require_places(vehicle_types=code.vehicle_types, location_ids=code.location_ids)
    if code.valid_from and code.valid_until and code.valid_until <= code.valid_from:
        raise Invalid.field("validUntil", "before_valid_from", "A code ends after it begins.")


def _told(code: DiscountCode) -> dict[str, Any]:
    return {"code": code.code} | {name: getattr(code, name) for name in CodeTerms.__struct_fields__}
