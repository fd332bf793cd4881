"""The accountant's page: invoices, a new one with its preview, and what has to be looked at."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.auth.public import READ, WRITE, has_permission, member_page, page_context
from apps.core.actor import Actor


@member_page
def invoices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of it comes by the API. Raises PermissionDenied for a role that may not read invoices."""
    if not has_permission(actor=actor, resource="invoices", action=READ):
        raise PermissionDenied
    may = {
        "may_write": has_permission(actor=actor, resource="invoices", action=WRITE),
        "may_reconcile": has_permission(actor=actor, resource="reconciliation", action=READ),
        "may_settle": has_permission(actor=actor, resource="reconciliation", action=WRITE),
    }
    return render(request, "billing/invoices.html", {**page_context(request, actor, place="invoices"), **may})
