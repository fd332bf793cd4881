"""The pages of the yard: the live board and the gate. What moves on them comes by the API and the socket."""

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.auth.public import WRITE, may, member_page, page_context
from apps.core import clock
from apps.core.actor import Actor

from . import queries


@member_page
def board(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All locations, as they are when the page is made; the socket keeps them so."""
    snapshot = msgspec.to_builtins(queries.get_current_occupancy(at=clock.now()))
    return render(request, "parking/board.html", {**page_context(request, actor, place="board"), "snapshot": snapshot})


@member_page
def gate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where an operator records entries and exits. Raises PermissionDenied for a role that may not."""
    if not may(actor.role, "entries", WRITE):
        raise PermissionDenied
    return render(request, "parking/gate.html", page_context(request, actor, place="gate"))
