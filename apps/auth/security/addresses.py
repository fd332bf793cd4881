"""Where a request comes from, and whether a tenant's rules allow that.

`X-Forwarded-For` is written by whoever sends it. Only what our own proxies (`TRUSTED_PROXIES`, CIDR ranges) appended
counts: read from its end, the first address that is none of theirs is the client's.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.errors import Forbidden

from .remembered import networks_of
from .rules import Address, Network, SecurityRules, parse_range

UNKNOWN = ""
_PORT = re.compile(r"^([^:]+):\d+$|^(\[.*\]):\d+$")  # some proxies write 203.0.113.9:50123 or [2001:db8::1]:443


class IpNotAllowed(Forbidden):
    code, title = "ip_not_allowed", "Your network address is not allowed here"


def address_of(request: HttpRequest) -> str:
    """The client's IP address in canonical form; empty where it is not known, as behind a Unix socket."""
    return client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of_scope(scope: dict[str, Any]) -> str:
    """The same of an ASGI connection."""
    peer = scope.get("client") or ("",)
    forwarded = (value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    return client_address(str(peer[0]), ",".join(forwarded))


def client_address(peer: str, forwarded: str) -> str:
    """The client's address, from that of the connection's other end and from `X-Forwarded-For`."""
    return _client_address(peer, forwarded, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=10_000)
def _client_address(peer: str, forwarded: str, proxies: tuple[str, ...]) -> str:
    nearest, trusted = parse_address(peer), _trusted(proxies)
    for entry in reversed(forwarded.split(",")) if forwarded else ():
        if nearest is None or not _within(nearest, trusted):
            break
        nearest = parse_address(
            _PORT.sub(r"\1\2", entry.strip()).strip("[]")
        )  # None: what stands before is nobody's word
    return str(nearest) if nearest else UNKNOWN


def is_proxy(peer: str) -> bool:
    """Whether the connection's other end is a proxy of ours."""
    return _is_proxy(peer, tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=10_000)
def _is_proxy(peer: str, proxies: tuple[str, ...]) -> bool:
    address = parse_address(peer)
    return address is not None and _within(address, _trusted(proxies))


def parse_address(text: str) -> Address | None:
    """An IP address; IPv4 written as IPv6 becomes IPv4. None for anything else."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or (None if address.scope_id else address)
    return address


def is_allowed(rules: SecurityRules, address: str) -> bool:
    """Whether the rules let this address act. An unknown one may not where ranges are given."""
    return not rules.allowed_ip_ranges or _in_ranges(rules.allowed_ip_ranges, address)


def require_allowed(rules: SecurityRules, address: str) -> None:
    """Raises IpNotAllowed."""
    if not is_allowed(rules, address):
        raise IpNotAllowed(f"Act from a network of your operator's; this is {address or 'an unknown one'}.")


@lru_cache(maxsize=10_000)
def _in_ranges(ranges: tuple[str, ...], address: str) -> bool:
    parsed = parse_address(address)
    return parsed is not None and _within(parsed, networks_of(ranges))


@lru_cache(maxsize=8)
def _trusted(ranges: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(parse_range(text) for text in ranges)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
