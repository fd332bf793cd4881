"""Where the pages of signing in lie, and where a browser goes after one of them."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

BOARD, GATE, ADMIN, SIGN_IN, SIGN_OUT = "/", "/gate/", "/admin/", "/sign-in/", "/sign-out/"
TARIFFS = "/tariffs/"
TILL, SHIFTS = "/till/", "/shifts/"
PAYMENTS = "/payments/"
INVOICES = "/invoices/"
SECOND_FACTOR, WAYS_IN = "/second-factor/", "/ways-in/"


def following(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this host, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or BOARD
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else BOARD
