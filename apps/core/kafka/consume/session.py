"""One membership in the group: placing what is assigned, and working messages off, partition by partition."""

import contextlib
import time
from collections.abc import Callable

import structlog
from django.db import connection
from kafka import KafkaConsumer, TopicPartition

from apps.core import clock, tenancy

from . import offsets
from .dead_letters import DeadLetters
from .effects import take_effect
from .offsets import OffsetMoved, Place
from .partitions import Assignments, Partition
from .reading import Declared, Incoming, read
from .records import Record
from .troubles import AGAIN_SECONDS, AWAY_SECONDS, Kind, Trouble, judge

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
BATCH = 200
LOOK_SECONDS = 5.0
ASK_SECONDS = 10.0


class Session:
    """What a consumer does between two reconnections. It keeps one database session, that of its thread."""

    def __init__(
        self, *, consumer: KafkaConsumer, assignments: Assignments, dead: DeadLetters, declared: Declared, group: str
    ) -> None:
        self._consumer = consumer
        self._assignments = assignments
        self._dead = dead
        self._declared = declared
        self._group = group
        self._held: dict[TopicPartition, Partition] = {}
        self._unplaced: set[TopicPartition] = set()
        self._place_at = 0.0
        self._look_at = 0.0

    def turn(self, is_stopping: Callable[[], bool]) -> None:
        """Fetch once and handle what came, as far as it can be handled now. Raises KafkaError."""
        self._follow_assignments()
        self._place_new()
        self._note_ends()
        for tp, records in self._consumer.poll(timeout_ms=self._patience_ms(), max_records=BATCH).items():
            if tp in self._held:
                self._held[tp].take(records)
        self._follow_assignments()
        for tp in list(self._held):
            if self._work_off(tp, is_stopping):
                return

    # -- which partitions

    def _follow_assignments(self) -> None:
        for is_given, tps in self._assignments.changes():
            for tp in tps:
                self._held.pop(tp, None)
            self._unplaced = self._unplaced | tps if is_given else self._unplaced - tps
            log.info("partitions_assigned" if is_given else "partitions_revoked", partitions=_names(tps))
            self._place_at = 0.0

    def _place_new(self) -> None:
        """Go to where the database says that each new partition is to be read on; while it is away, try later."""
        if not self._unplaced or time.monotonic() < self._place_at:
            return
        firsts = self._consumer.beginning_offsets(list(self._unplaced), timeout_ms=ASK_SECONDS * 1000)
        ends = self._consumer.end_offsets(list(self._unplaced), timeout_ms=ASK_SECONDS * 1000)
        try:
            for tp in sorted(self._unplaced):
                self._place(tp, first=firsts[tp], end=ends[tp])
        except Exception as error:
            _look_after_connection()
            if judge(error, None).kind is not Kind.AWAY:
                raise
            log.warning("offsets_unreadable", error=repr(error))
            self._place_at = time.monotonic() + AWAY_SECONDS[1]

    def _place(self, tp: TopicPartition, *, first: int, end: int) -> None:
        place = Place(group=self._group, topic=tp.topic, partition=tp.partition)
        with tenancy.public():
            following = offsets.begin(place, first=first, end=end, at=clock.now())
        start = following
        if following < first:
            log.error("messages_expired_unread", topic=tp.topic, partition=tp.partition, count=first - following)
            start = first
        elif following > end:  # made anew, or cut off: what was handled before is known by its id
            log.error("topic_is_shorter", topic=tp.topic, partition=tp.partition, offset=following, end=end)
            start = first
        with contextlib.suppress(ValueError, KeyError):  # taken away meanwhile
            self._consumer.seek(tp, start)
            self._consumer.resume(tp)
            self._held[tp] = Partition(place=place, next_offset=start, stored_offset=following)
        self._unplaced.discard(tp)

    def _note_ends(self) -> None:
        """Tell those who measure the lag; what cannot be told now is told the next time."""
        if time.monotonic() < self._look_at or not self._held:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        try:
            found = self._consumer.end_offsets(list(self._held), timeout_ms=POLL_SECONDS * 2000)
            ends: dict[tuple[str, int], int] = {(tp.topic, tp.partition): end for tp, end in found.items()}
            with tenancy.public():
                offsets.note_ends(self._group, ends, at=clock.now())
        except Exception as error:
            _look_after_connection()
            log.warning("ends_not_noted", error=repr(error))

    # -- what came from them

    def _patience_ms(self) -> int:
        due = [partition.due_at - time.monotonic() for partition in self._held.values() if partition.waiting]
        return int(max(0.0, min([POLL_SECONDS, *due])) * 1000)

    def _work_off(self, tp: TopicPartition, is_stopping: Callable[[], bool]) -> bool:
        """Handle a partition's records up to one that has to wait; says whether to look up from the work."""
        partition = self._held[tp]
        while partition.waiting and time.monotonic() >= partition.due_at:
            if is_stopping() or self._assignments.has_changed:
                return True
            try:
                self._handle(partition, partition.waiting[0])
            except OffsetMoved:
                log.warning("partition_moved_on", topic=tp.topic, partition=tp.partition, offset=partition.next_offset)
                del self._held[tp]
                self._unplaced.add(tp)
                return False
        with contextlib.suppress(KeyError):  # taken away meanwhile
            if partition.waiting:
                self._consumer.pause(tp)
            else:
                self._consumer.resume(tp)
        return False

    def _handle(self, partition: Partition, record: Record) -> None:
        incoming: Incoming | None = None
        try:
            at = clock.now()
            incoming = read(record, declared=self._declared, at=at)
            following = record.offset + 1
            take_effect(incoming, partition.place, expected=partition.stored_offset, following=following, at=at)
            partition.done(following)
        except OffsetMoved:
            raise
        except Exception as error:
            _look_after_connection()
            self._suffer(partition, record, judge(error, incoming.consumed if incoming else None))

    def _suffer(self, partition: Partition, record: Record, trouble: Trouble) -> None:
        """Put the record off, or out of the way."""
        if trouble.kind is Kind.AWAY:
            pause = AWAY_SECONDS[min(partition.pauses, len(AWAY_SECONDS) - 1)]
            partition.pauses += 1
        elif trouble.kind is Kind.AGAIN and partition.tries < len(AGAIN_SECONDS):
            pause = AGAIN_SECONDS[partition.tries]
            partition.tries += 1
        else:
            self._bury(partition, record, trouble)
            return
        partition.due_at = time.monotonic() + pause
        log.warning(
            "message_put_off",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            error=trouble.detail,
            retry_in_seconds=pause,
        )

    def _bury(self, partition: Partition, record: Record, trouble: Trouble) -> None:
        """The letter first, the offset behind it: a crash in between makes a second letter, never none."""
        following = record.offset + 1
        at = clock.now()
        try:
            self._dead.send(record, trouble, attempts=partition.tries + 1, at=at)
            with tenancy.public():
                offsets.move(partition.place, expected=partition.stored_offset, following=following, at=at, dead=True)
            partition.done(following)
        except OffsetMoved:
            raise
        except Exception as error:
            _look_after_connection()
            self._suffer(partition, record, Trouble(kind=Kind.AWAY, code="away", detail=repr(error)))


def _look_after_connection() -> None:
    with contextlib.suppress(Exception):
        connection.close_if_unusable_or_obsolete()


def _names(tps: frozenset[TopicPartition]) -> list[str]:
    return [f"{tp.topic}:{tp.partition}" for tp in sorted(tps)]
