"""What a tenant may decide about signing in, and what holds where it has decided nothing."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import msgspec

from apps.core.errors import FieldError, Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MOST_RANGES = 100
# Least and most of each number. A tenant may not allow more guesses than NIST SP 800-63B does in all (section 5.2.2).
BOUNDS = {
    "session_timeout_minutes": (5, 20_160),
    "max_login_attempts": (3, 100),
    "lockout_minutes": (1, 1_440),
    "password_min_length": (12, 64),
}


class SecurityRules(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Durations are minutes. A sign-in ends when nothing was asked for `session_timeout_minutes`.

    After `max_login_attempts` failures of an account from one address that address waits `lockout_minutes`. With
    `allowed_ip_ranges` (CIDR) nobody acts from elsewhere; empty: from anywhere. `require_mfa` asks for a second factor.
    `password_min_length` counts characters and holds for passwords chosen from then on.
    """

    session_timeout_minutes: int = 720
    max_login_attempts: int = 10
    lockout_minutes: int = 15
    allowed_ip_ranges: tuple[str, ...] = ()
    require_mfa: bool = False
    password_min_length: int = 12


DEFAULTS = SecurityRules()


def checked(rules: SecurityRules) -> SecurityRules:
    """The rules with their ranges in canonical form, each once. Raises Invalid, naming every wrong field."""
    errors = [
        FieldError(_on_the_wire(name), "out_of_range", f"{_on_the_wire(name)} is from {least} to {most}.")
        for name, (least, most) in BOUNDS.items()
        if not least <= getattr(rules, name) <= most
    ]
    ranges: list[str] = []
    for place, text in enumerate(rules.allowed_ip_ranges):
        try:
            ranges.append(str(parse_range(text)))
        except ValueError:
            message = f"{text[:60]} is no range of addresses; write it like 203.0.113.0/24 or 2001:db8::/32."
            errors.append(FieldError(f"allowedIpRanges[{place}]", "invalid", message))
    if errors:
        raise Invalid("Check " + ", ".join(error.field for error in errors) + ".", errors=_within_security(errors))
    return msgspec.structs.replace(rules, allowed_ip_ranges=tuple(dict.fromkeys(ranges)))


def parse_range(text: str) -> Network:
    """A CIDR range or a single address; ranges of IPv4 written as IPv6 become IPv4. Raises ValueError."""
    if "%" in text:
        raise ValueError("a zone belongs to one machine")
    network = ip_network(text.strip(), strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96), strict=False)
    return network


def _within_security(errors: list[FieldError]) -> tuple[FieldError, ...]:
    return tuple(FieldError(f"security.{error.field}", error.code, error.message) for error in errors)


def _on_the_wire(name: str) -> str:
    return SecurityRules.__struct_encode_fields__[SecurityRules.__struct_fields__.index(name)]
