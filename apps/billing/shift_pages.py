"""The pages of cash shifts: the cashier's till, and everybody's shifts. What moves on them comes by the API."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.auth.public import READ, WRITE, has_permission, member_page, page_context
from apps.core.actor import Actor


@member_page
def till(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where a cashier works with a drawer. Raises PermissionDenied for a role that has none."""
    if not has_permission(actor=actor, resource="shifts", action=WRITE):
        raise PermissionDenied
    return render(request, "billing/till.html", page_context(request, actor, place="till"))


@member_page
def shifts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everybody's shifts and counts. Raises PermissionDenied for a role that may not see them."""
    if not has_permission(actor=actor, resource="shift-counts", action=READ):
        raise PermissionDenied
    may_count = has_permission(actor=actor, resource="shift-counts", action=WRITE)
    context = {**page_context(request, actor, place="shifts"), "may_count": may_count}
    return render(request, "billing/shifts.html", context)
