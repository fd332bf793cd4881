"""Filling a demo tenant's books by the commands that people use, so that they hold what those would leave."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.billing.commands.letterhead import set_letterhead
from apps.billing.models import CashShift, Customer, LetterheadSetting
from apps.core.actor import Actor

from .customers import deal_with_firms
from .drawers import work_at_the_till
from .plans import BOOKS, DemoSite
from .prices import think_of_prices


def has_books() -> bool:
    """Whether the current tenant deals with anybody, counts drawers or has said who it is: then its books are its."""
    return Customer.objects.exists() or CashShift.objects.exists() or LetterheadSetting.objects.exists()


@transaction.atomic
def keep_demo_books(*, slug: str, sites: Mapping[str, DemoSite], staff: Mapping[str, Actor], at: datetime) -> bool:
    """Give a demo tenant whose history reaches until `at` (UTC) its books, all or none; whether they were made.

    `sites` are by their names, `staff` the demo accounts by the first part of their addresses. Nothing is added where
    somebody has begun books, or the demo's sites are not there.
    """
    plan = BOOKS.get(slug)
    if plan is None or "owner" not in staff or has_books():
        return False
    if not sites.keys() >= {plan.till, plan.permit_site, plan.draft_site, plan.shop.site}:
        return False
    owner = staff["owner"]
    set_letterhead(terms=plan.letterhead, expected_version=None, actor=owner)
    deal_with_firms(plan, sites=sites, manager=staff.get("manager", owner), at=at)
    work_at_the_till(plan, location_id=sites[plan.till].location_id, staff=staff, at=at)
    think_of_prices(plan, location_id=sites[plan.draft_site].location_id, owner=owner, at=at)
    return True
