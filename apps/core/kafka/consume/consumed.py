"""What the platform takes from Kafka: declared on `config/subscriptions.py`, and handed over typed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.actor import Actor
from apps.core.errors import DomainError


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its handler gets it.

    `body` is of the declared struct; `occurred_at` (UTC) is when the sender says that it happened, `at` when it is
    handled. `source` and `id` are the sender's, and together name the message.
    """

    id: str
    source: str
    subject: str
    type: str
    body: Any
    occurred_at: datetime
    at: datetime
    actor: Actor


Handle = Callable[[Received], None]
Body = type[msgspec.Struct]
Refusals = tuple[type[DomainError], ...]


class Consumed(msgspec.Struct, frozen=True, kw_only=True):
    """One type of message on one topic, and what is done with it.

    `{prefix}` in `topic` stands for KAFKA_TOPIC_PREFIX. `handle` is called inside the tenant and inside the transaction
    that also notes the message; a DomainError that it raises refuses the message for good, except one of `retried`,
    which is tried again.
    """

    topic: str
    type: str
    body: Body
    handle: Handle
    retried: Refusals = ()

    def address(self, *, prefix: str) -> str:
        """The topic's name on the broker."""
        return self.topic.replace("{prefix}", prefix)


def consumed() -> Sequence[Consumed]:
    """All that the platform takes: the page that `settings.CONSUMED_MESSAGES` names.

    Raises ValueError when two lay claim to one type of a topic.
    """
    found: Sequence[Consumed] = import_string(settings.CONSUMED_MESSAGES)
    claimed = [(each.topic, each.type) for each in found]
    if len(set(claimed)) < len(claimed):
        raise ValueError("one type of message on one topic has one handler")
    return found


def dead_letter_topic(topic: str) -> str:
    """Where messages of a topic go that nothing can be done with."""
    return f"{topic}.dlq"
