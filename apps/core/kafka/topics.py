"""Our topics: one of each context, made where it is missing."""

from collections.abc import Collection

from django.conf import settings
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from apps.core.events import DomainEvent
from apps.core.events.event import UnknownEvent, event_class

from .options import client_options

_BROKERS_DEFAULT = -1
# A batch of ours has half of this, an event alone 900 kB; it is Kafka's own default, which a cluster may have changed.
_LARGEST_BATCH_BYTES = 1_048_588


def topic_of(event: type[DomainEvent]) -> str:
    """The topic that a class's events go to: that of the context in whose `events.py` it stands."""
    return f"{settings.KAFKA_TOPIC_PREFIX}.{event.__module__.split('.')[1]}.v1"


def topic_for(kind: str) -> str:
    """The topic of an event by its type's name. Raises UnknownEvent."""
    event = event_class(kind)
    if event is None:
        raise UnknownEvent(f"{kind} is not known here; it was written by newer code.")
    return topic_of(event)


def ensure_topics(names: Collection[str]) -> None:
    """Make those of these topics that are missing, with the partitions and the retention of the settings.

    One that is there is left as it is: another number of partitions would give keys another place. Raises KafkaError.
    """
    admin = KafkaAdminClient(**client_options("topics"))
    try:
        missing = set(names) - set(admin.list_topics())
        for name in sorted(missing):
            _make(admin, name)
    finally:
        admin.close()


def _make(admin: KafkaAdminClient, name: str) -> None:
    topic = NewTopic(
        name,
        num_partitions=settings.KAFKA_PARTITIONS,
        replication_factor=settings.KAFKA_REPLICATION or _BROKERS_DEFAULT,
        topic_configs={
            "retention.ms": str(settings.KAFKA_RETENTION_HOURS * 3_600_000),
            "max.message.bytes": str(_LARGEST_BATCH_BYTES),
        },
    )
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        return  # another relay was quicker
