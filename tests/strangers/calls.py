"""Every call under /api/v1/, read from the routes."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.api import Api, Reply

from .scene import Scene

METHODS = ("get", "post", "put", "patch", "delete")


def calls(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, str, type]]:
    """Method, route and view class of every call under /api/v1/."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from calls(pattern, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            view = getattr(pattern.callback, "cls", None)
            assert view is not None, f"{route} is not served by an ApiView"
            yield from (
                (method.upper(), route.removeprefix("api/v1/"), view) for method in METHODS if hasattr(view, method)
            )


CALLS = {(method, route): view for method, route, view in calls()}
WITHOUT_TOKEN = {
    ("POST", "auth/login"),
    ("POST", "auth/refresh"),
    ("POST", "auth/logout"),
    ("POST", "auth/password/reset"),
    ("POST", "auth/password/reset/confirm"),
    ("GET", "auth/oauth"),
    ("GET", "auth/oauth/<str:provider>/authorize"),
    ("POST", "auth/passkeys/challenge"),
    ("POST", "auth/passkeys/sign-in"),  # at another tenant's host: tests/passkeys/test_over_the_api.py
    ("POST", "auth/oauth/exchange"),  # of another tenant: tests/providers/test_for_front_ends.py
    ("GET", "billing/pay/<str:link>"),  # signed, tried at another tenant's: tests/billing/test_pay_links.py
    ("POST", "billing/payments/webhooks/stripe"),  # signed: tests/billing/test_webhooks.py
    ("POST", "auth/invitations/accept"),  # at another tenant's host: tests/identity/test_invitations.py
}


def send(api: Api, call: tuple[str, str], scene: Scene) -> Reply:
    """The call with an empty body, at acme's things."""
    method, route = call
    for name, value in (
        ("<uuid:entry_id>", scene["entry"]),
        ("<uuid:location_id>", scene["location"]),
        ("<uuid:rate_id>", scene["rate"]),
        ("<uuid:simulation_id>", scene["simulation"]),
        ("<uuid:payment_id>", scene["payment"]),
        ("<uuid:online_id>", scene["online"]),
        ("<uuid:refund_id>", scene["refund"]),
        ("<uuid:dispute_id>", scene["dispute"]),
        ("<uuid:invoice_id>", scene["invoice"]),
        ("<uuid:customer_id>", scene["customer"]),
        ("<uuid:shift_id>", scene["shift"]),
        ("<uuid:code_id>", scene["code"]),
        ("<uuid:permit_id>", scene["permit"]),
        ("<str:code>", "SECRET-SALE"),
        ("<uuid:merchant_id>", scene["merchant"]),
        ("<uuid:validation_id>", scene["validation"]),
        ("<str:number>", scene["receipt"]),
        ("<uuid:tenant_id>", scene["tenant"]),
        ("<str:host>", "acme.localhost"),
        ("<uuid:user_id>", scene["user"]),
        ("<str:name>", scene["role"]),
        ("<uuid:key_id>", scene["key"]),
        ("<uuid:invitation_id>", scene["invitation"]),
        ("<uuid:support_id>", scene["entry"]),
        ("<uuid:session_id>", scene["sign_in"]),
        ("<uuid:identity_id>", scene["identity"]),
        ("<uuid:passkey_id>", scene["passkey"]),
    ):
        route = route.replace(name, value)
    return api._send(method, route, None if method == "GET" else {}, None)
