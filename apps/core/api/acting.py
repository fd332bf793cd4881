"""Who sends a request, typed: our authentication puts an Actor where Django's stubs expect a user."""

from typing import cast

from rest_framework.request import Request

from apps.core.actor import Actor


def actor_of(request: Request) -> Actor:
    """The authenticated actor of a request."""
    return cast(Actor, request.user)
