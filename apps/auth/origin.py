"""Where a sign-in comes from, as its owner is shown it."""

import msgspec
from django.http import HttpRequest

from .security.addresses import address_of

_LONGEST_CLIENT = 200


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The client's IP address, empty where it is not known, and what its browser or program calls itself.

    `site` is scheme and host that it speaks to, like `https://acme.parking.example`.
    """

    address: str = ""
    client: str = ""
    site: str = ""


def origin_of(request: HttpRequest) -> Origin:
    """Where a request comes from."""
    named = request.META.get("HTTP_USER_AGENT", "")
    client = "".join(letter for letter in named if letter.isprintable())
    return Origin(address=address_of(request), client=client[:_LONGEST_CLIENT], site=site_of(request))


def site_of(request: HttpRequest) -> str:
    """Scheme and host of a request; the host was held against ALLOWED_HOSTS and the tenants'."""
    return f"{request.scheme}://{request.get_host()}"
