"""The pages of the yard: the live board and the gate. What moves on them comes by the API and the socket."""

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.auth.public import READ, WRITE, has_permission, member_page, page_context
from apps.core import clock
from apps.core.actor import Actor

from . import queries

# Where a role that may not see the board is sent, the first that it may open.
ELSEWHERE = (
    "gate_path",
    "till_path",
    "payments_path",
    "shifts_path",
    "tariffs_path",
    "invoices_path",
    "admin_path",
)


@member_page
def board(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The reader's locations, as they are when the page is made; the socket keeps them so.

    It is where signing in leads, so who may not see it is sent on to what they may. Raises PermissionDenied where that
    is nothing.
    """
    if not has_permission(actor=actor, resource="occupancy", action=READ):
        context = page_context(request, actor, place="board")
        if elsewhere := next((context[place] for place in ELSEWHERE if context[place]), ""):
            return redirect(elsewhere)
        raise PermissionDenied
    snapshot = msgspec.to_builtins(queries.get_current_occupancy(at=clock.now()))
    return render(request, "parking/board.html", {**page_context(request, actor, place="board"), "snapshot": snapshot})


@member_page
def gate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where an operator records entries and exits. Raises PermissionDenied for a role that may not."""
    if not has_permission(actor=actor, resource="entries", action=WRITE):
        raise PermissionDenied
    return render(request, "parking/gate.html", page_context(request, actor, place="gate"))
