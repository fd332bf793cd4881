"""What customers owe by the month: their permits in advance, and the validations of merchants that they pay for.

A month is charged once: the charge's reference is made from the thing and the month. Such charges were agreed on, so
the account's limit does not stop them. What is charged is gross; the customer's invoice lists it, and tells its tax.
"""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.billing.ledger.chart import Account
from apps.billing.ledger.lines import Line
from apps.billing.ledger.posting import post
from apps.billing.models import AccountCharge, Customer, Merchant, Permit
from apps.billing.month_references import MOST_MONTHS, month_before, month_reference
from apps.billing.permit_terms import pro_rata
from apps.core import tenancy
from apps.core.actor import SYSTEM

_REVENUE = {
    AccountCharge.Of.PERMIT: Account.REVENUE_PERMITS,
    AccountCharge.Of.VALIDATIONS: Account.REVENUE_VALIDATIONS,
}


def charge_months(*, at: datetime) -> int:
    """Charge what is due at `at` (UTC) in the current tenant and is not charged yet; how many charges that were.

    A permit's month is due from its first day, of its begun and ended months the days alone; a merchant's when it is
    over. Months further back than a year are left to people.
    """
    zone = ZoneInfo(tenancy.current().timezone)
    this = at.astimezone(zone).date().replace(day=1)
    return sum(
        [_charge_permit(permit, this, at) for permit in Permit.objects.filter(active=True, price_per_month__gt=0)]
        + [_charge_merchant(merchant, this, at, zone) for merchant in Merchant.objects.exclude(price=None)]
    )


def _charge_permit(permit: Permit, this: date, at: datetime) -> int:
    charged, month = 0, this
    for _ in range(MOST_MONTHS):
        if month < permit.valid_from.replace(day=1):
            break
        amount = pro_rata(
            permit.price_per_month, month=month, valid_from=permit.valid_from, valid_until=permit.valid_until
        )
        charged += _charge(AccountCharge.Of.PERMIT, permit.id, permit.customer_id, month, amount, at)
        month = month_before(month)
    return charged


def _charge_merchant(merchant: Merchant, this: date, at: datetime, zone: ZoneInfo) -> int:
    charged, end = 0, this
    for _ in range(MOST_MONTHS):
        month = month_before(end)
        if end <= merchant.created_at.astimezone(zone).date().replace(day=1):
            break
        standing = merchant.validations.filter(
            undone_at=None, given_at__gte=_instant(month, zone), given_at__lt=_instant(end, zone)
        ).count()
        amount, payer = standing * (merchant.price or 0), merchant.customer_id
        if payer is not None:
            charged += _charge(AccountCharge.Of.VALIDATIONS, merchant.id, payer, month, amount, at)
        end = month
    return charged


@transaction.atomic
def _charge(of: AccountCharge.Of, subject_id: UUID, customer_id: UUID, month: date, amount: int, at: datetime) -> bool:
    """Put one month on the customer's account; False where nothing is due, or it is there."""
    reference = month_reference(subject_id, month)
    if amount <= 0 or AccountCharge.objects.filter(of=of, reference=reference).exists():
        return False
    customer = Customer.objects.select_for_update().get(id=customer_id)
    _, made = AccountCharge.objects.get_or_create(
        of=of,
        reference=reference,
        defaults={"customer": customer, "amount": amount, "currency": customer.currency, "charged_at": at},
    )
    if made:
        lines = (
            Line(account=customer.ledger_account, amount=amount, currency=customer.currency, party_id=customer.id),
            Line(account=_REVENUE[of], amount=-amount, currency=customer.currency),
        )
        post(kind=f"{of}_charged", reference=reference, lines=lines, at=at, actor=SYSTEM)
    return made


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
