"""Billing's pages: the price lists, the editor of one, and its lab. What moves on them comes by the API."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.auth.public import READ, WRITE, has_permission, member_page, page_context
from apps.core import tenancy
from apps.core.actor import Actor

from . import queries
from .commands.rate_versions import RateNotFound
from .lab.starting_points import starting_points

_PLACE = "tariffs"


@member_page
def tariffs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The price lists: in force, planned, drafts, retired. Raises PermissionDenied for a role that may not look."""
    return render(request, "billing/tariffs.html", _context(request, actor))


@member_page
def new_tariff(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The editor with nothing in it yet. Raises PermissionDenied for a role that may not write."""
    if not has_permission(actor=actor, resource="rates", action=WRITE):
        raise PermissionDenied
    return render(request, "billing/tariff.html", _editor(request, actor))


@member_page
def tariff(request: HttpRequest, actor: Actor, rate_id: UUID) -> HttpResponse:
    """The editor of one; who may not write reads in it. Raises PermissionDenied, Http404."""
    return render(request, "billing/tariff.html", _editor(request, actor) | {"rate_id": _known(rate_id)})


@member_page
def tariff_lab(request: HttpRequest, actor: Actor, rate_id: UUID) -> HttpResponse:
    """What one would have brought in a past period. Raises PermissionDenied, Http404."""
    return render(request, "billing/lab.html", _context(request, actor) | {"rate_id": _known(rate_id)})


def _context(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    if not has_permission(actor=actor, resource="rates", action=READ):
        raise PermissionDenied
    return {
        **page_context(request, actor, place=_PLACE),
        "may_write": has_permission(actor=actor, resource="rates", action=WRITE),
    }


def _editor(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    tenant = tenancy.current()
    points = starting_points(currency=tenant.currency, zone=tenant.timezone)
    return {**_context(request, actor), "starting_points": [point._asdict() for point in points]}


def _known(rate_id: UUID) -> UUID:
    try:
        return queries.get_rate(rate_id=rate_id).rate_id
    except RateNotFound as error:
        raise Http404 from error
