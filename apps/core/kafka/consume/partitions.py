"""The partitions that this consumer has: what came from each and waits, and whether it is still its own."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from kafka import ConsumerRebalanceListener, TopicPartition

from .offsets import Place
from .records import Record


@dataclass
class Partition:
    """One that was placed: its records from `next_offset` on, in order. A failing head holds up those behind it.

    `stored_offset` is what the database says comes next: another one only where records are missing in the topic.
    """

    place: Place
    next_offset: int
    stored_offset: int
    waiting: deque[Record] = field(default_factory=deque)
    tries: int = 0
    pauses: int = 0
    due_at: float = 0.0  # in monotonic seconds

    def take(self, records: Iterable[Record]) -> None:
        """Put records behind those that wait; what lies before the next offset was handled before."""
        self.waiting.extend(record for record in records if record.offset >= self.next_offset)

    def done(self, following: int) -> None:
        """The head is handled or dead."""
        self.waiting.popleft()
        self.next_offset = self.stored_offset = following
        self.tries = self.pauses = 0
        self.due_at = 0.0


class Assignments(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python is not typed
    """Notes what the group gives to this consumer and takes from it.

    Kafka's client calls it in a thread of its own, which must not wait; whoever reads takes the changes over in order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: list[tuple[bool, frozenset[TopicPartition]]] = []

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        with self._lock:
            self._changes.append((True, frozenset(assigned)))

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        with self._lock:
            self._changes.append((False, frozenset(revoked)))

    @property
    def has_changed(self) -> bool:
        return bool(self._changes)

    def changes(self) -> list[tuple[bool, frozenset[TopicPartition]]]:
        """What was given (True) and taken (False) since the last time."""
        with self._lock:
            found, self._changes = self._changes, []
        return found
