"""Who acts where a payment provider tells something."""

from typing import Final

from apps.core.actor import Actor, ActorKind

PROVIDER_ACTOR: Final = Actor(kind=ActorKind.INTEGRATION, name="Stripe")
