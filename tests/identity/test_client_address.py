"""Whose address counts: what a client says of itself is not believed, what our own proxies say is."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.auth.security.addresses import address_of_scope, client_address
from config import env

PROXY, BEHIND, CLIENT, LIED = "10.0.0.7", "10.0.0.8", "203.0.113.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "is_taken"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, LIED, CLIENT),
        (CLIENT, f"{LIED}, {PROXY}", CLIENT),
        (PROXY, "", PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{LIED}, {CLIENT}", CLIENT),
        (PROXY, f"{LIED}, {CLIENT}, {BEHIND}", CLIENT),
        (PROXY, f"{PROXY}, {LIED}, {CLIENT}", CLIENT),
        (PROXY, f"10.0.0.99, {CLIENT}", CLIENT),
        (PROXY, f"{CLIENT}:50123", CLIENT),
        (PROXY, "[2001:db8::1]:443", "2001:db8::1"),
        (PROXY, "2001:DB8:0::1", "2001:db8::1"),
        (PROXY, f"::ffff:{CLIENT}", CLIENT),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        (PROXY, f"{CLIENT}, unknown", ""),
        (PROXY, "unknown", ""),
        (PROXY, f"{CLIENT},", ""),
        (PROXY, "fe80::1%eth0", ""),
        (PROXY, "1" * 5000, ""),
        ("", CLIENT, ""),
        ("/run/web.sock", CLIENT, ""),
    ],
)
def test_the_address_that_counts(settings, peer: str, forwarded: str, is_taken: str) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/28", "10.0.0.99/32"]
    if forwarded.startswith("10.0.0.99"):
        settings.TRUSTED_PROXIES = ["10.0.0.0/28"]
    assert client_address(peer, forwarded) == is_taken


def test_without_proxies_of_ours_nothing_is_believed(settings) -> None:
    assert settings.TRUSTED_PROXIES == []
    assert client_address("127.0.0.1", CLIENT) == "127.0.0.1"


def test_a_socket_is_seen_at_the_same_address(settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/28"]
    headers = [(b"x-forwarded-for", LIED.encode()), (b"x-forwarded-for", CLIENT.encode())]
    assert address_of_scope({"client": (PROXY, 1), "headers": headers}) == CLIENT
    assert address_of_scope({"client": (CLIENT, 1), "headers": headers}) == CLIENT
    assert address_of_scope({"client": None, "headers": headers}) == ""


@pytest.mark.parametrize("ranges", ["10.0.0.0/33", "proxy.example", "10.0.0.1/8", "*"])
def test_what_is_no_range_stops_the_start(monkeypatch, ranges: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", ranges)
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        env.networks("TRUSTED_PROXIES")
