"""Merchants validate stays. The merchant's row is locked before its quota is counted."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.billing.known_stays import governing_rate
from apps.billing.models import Merchant, Validation
from apps.billing.plates import key_of
from apps.billing.stays import StayFacts, StayNotFound, get_stay
from apps.billing.vehicle_stays import list_open_stays
from apps.core import audit, reach, tenancy
from apps.core.actor import Actor
from apps.core.errors import Conflict, Forbidden, Invalid, NotFound

from .code_uses import day_of
from .lenders import is_worth_something, lent_to
from .merchants import MerchantNotFound
from .stay_facts import add_facts, lock_open_account, withdraw_facts


class ValidationNotFound(NotFound):
    code, title = "validation_not_found", "There is no such validation here"


class NotYourMerchant(Forbidden):
    code, title = "not_your_merchant", "You do not validate in this merchant's name"


class QuotaUsedUp(Conflict):
    code, title = "quota_used_up", "This merchant has validated as many stays as it may"


class ValidatedAlready(Conflict):
    code, title = "validated_already", "This merchant has validated the stay already"


class ValidationNotValidHere(Conflict):
    code, title = "validation_not_valid_here", "This merchant's validations hold elsewhere"


class ValidationUndone(Conflict):
    code, title = "validation_undone", "This validation was undone already"


def require_quota(merchant: Merchant, *, at: datetime) -> None:
    """Raises QuotaUsedUp where no validation is left at `at` (UTC); the merchant's row is locked by the caller."""
    standing = merchant.validations.filter(undone_at=None)
    for quota, (begin, end), words in (
        (merchant.quota_per_day, day_of(at), "a day"),
        (merchant.quota_per_month, month_of(at), "a month"),
    ):
        if quota is not None and standing.filter(given_at__gte=begin, given_at__lt=end).count() >= quota:
            raise QuotaUsedUp(f"It may validate {quota} stays {words}.", facts={"quota": quota})


@transaction.atomic
def validate_stay(
    *, merchant_id: UUID, stay_id: UUID | None, vehicle_number: str | None, actor: Actor, at: datetime
) -> Validation:
    """Lend a merchant's facts to an open stay, named by its id or its plate, at `at` (UTC).

    Raises MerchantNotFound, NotYourMerchant, StayNotFound, StayEnded, ValidationNotValidHere, ValidatedAlready,
    QuotaUsedUp, Invalid.
    """
    stay = _find_stay(stay_id, vehicle_number)
    account = lock_open_account(stay, at=at)
    merchant = _lock_merchant(merchant_id, actor)
    if merchant.location_id not in (None, stay.location_id):
        raise ValidationNotValidHere("It is at another location than the vehicle.")
    if not is_worth_something(merchant.facts, governing_rate(stay)):
        raise ValidationNotValidHere("The price list of this stay gives nothing for it.")
    if merchant.validations.filter(undone_at=None, stay_id=stay.stay_id).exists():
        raise ValidatedAlready("One validation is enough.")
    require_quota(merchant, at=at)
    given = Validation.objects.create(
        merchant=merchant,
        stay_id=stay.stay_id,
        facts=merchant.facts,
        given_at=at,
        given_by=actor.id,
        given_by_name=actor.name,
    )
    add_facts(account, merchant.facts)
    told = {"merchantId": merchant.id, "validationId": given.id}
    audit.record("stay.validated", audit.Subject("parking_entry", stay.stay_id), actor=actor, after=told)
    return given


@transaction.atomic
def undo_validation(*, validation_id: UUID, actor: Actor, at: datetime) -> Validation:
    """Take a validation back before the exit; it then counts no more, and is not charged.

    Raises ValidationNotFound, NotYourMerchant, ValidationUndone, StayEnded.
    """
    given = Validation.objects.filter(id=validation_id).first()
    if given is None:
        raise ValidationNotFound("Check its id; it is not one of this tenant.")
    account = lock_open_account(get_stay(given.stay_id), at=at)
    _lock_merchant(given.merchant_id, actor)
    given.refresh_from_db()
    if given.undone_at is not None:
        raise ValidationUndone("It counts no more.")
    given.undone_at = at
    given.save(update_fields=["undone_at"])
    withdraw_facts(account, given.facts, still_lent=lent_to(given.stay_id))
    told = {"merchantId": given.merchant_id, "validationId": given.id}
    audit.record("stay.validation_undone", audit.Subject("parking_entry", given.stay_id), actor=actor, after=told)
    return given


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """The month of the tenant's calendar that an instant is in, half-open."""
    zone = ZoneInfo(tenancy.current().timezone)
    begin = at.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = (begin.year + 1, 1) if begin.month == 12 else (begin.year, begin.month + 1)
    return begin, begin.replace(year=year, month=month)


def _find_stay(stay_id: UUID | None, vehicle_number: str | None) -> StayFacts:
    if stay_id is not None:
        return get_stay(stay_id)
    if vehicle_number is None:
        raise Invalid.field("entryId", "required", "Name the stay by entryId or vehicleNumber.")
    for stay in list_open_stays([key_of(vehicle_number)]):
        if reach.includes(stay.location_id):
            return stay
    raise StayNotFound(f"{vehicle_number} is not parked; check the plate.")


def _lock_merchant(merchant_id: UUID, actor: Actor) -> Merchant:
    merchant = Merchant.objects.select_for_update().filter(id=merchant_id, active=True).first()
    if merchant is None:
        raise MerchantNotFound("Check the merchant's id, or that it still validates.")
    listed_anywhere = Merchant.objects.filter(validators__contains=[actor.id]).exists()
    if (merchant.validators or listed_anywhere) and actor.id not in merchant.validators:
        raise NotYourMerchant("Ask somebody of the merchant.")
    return merchant
