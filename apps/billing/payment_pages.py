"""The page of payments: a stay's account, money taken and given back, today's payments, what is to be looked at."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.auth.public import READ, WRITE, has_permission, member_page, page_context
from apps.core.actor import Actor

from .online.links import offers_page


@member_page
def payments(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What moves on it comes by the API. Raises PermissionDenied for a role that may not look."""
    if not has_permission(actor=actor, resource="payments", action=READ):
        raise PermissionDenied
    context = {
        **page_context(request, actor, place="payments"),
        "may_take": has_permission(actor=actor, resource="payments", action=WRITE),
        "may_give_back": has_permission(actor=actor, resource="refunds", action=WRITE),
        "may_find_customers": has_permission(actor=actor, resource="customers", action=READ),
        "has_pay_page": offers_page(),
    }
    return render(request, "billing/payments.html", context)
