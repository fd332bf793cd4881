"""A file of stays, read whole before anything is done with it: `seq, entry, exit` in the location's local time."""

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from apps.core.errors import Invalid

COLUMNS = ("seq", "entry", "exit")
LONGEST_SEQ = 12
ENTRY, EXIT = "entry", "exit"
_GZIP = b"\x1f\x8b"


class StayFileUnreadable(Invalid):
    code, title = "stay_file_unreadable", "The file of stays cannot be read"


class StayRow(msgspec.Struct, frozen=True):
    """One stay as the file has it, whether it can be or not. `number` counts rows from 1; instants are UTC.

    `key` tells the row from all others: its `seq`, and for a `seq` that comes again `seq.2`, `seq.3`.
    """

    number: int
    seq: str
    key: str
    entry: datetime
    exit: datetime


class GateEvent(msgspec.Struct, frozen=True):
    """What a gate reports of one row: `kind` is entry or exit, `at` the instant of it (UTC)."""

    at: datetime
    kind: str
    row: StayRow


class StayFile(msgspec.Struct, frozen=True):
    """The rows in the file's order; `digest` is the SHA-256 of its uncompressed content, in hex."""

    digest: str
    rows: tuple[StayRow, ...]


def read_stay_file(path: Path, *, timezone: str) -> StayFile:
    """Read a CSV file, gzipped or not. Local times are of `timezone` (IANA); the first of an hour that comes twice.

    Raises StayFileUnreadable naming the row that cannot be understood; whether it makes sense as a stay is not asked.
    """
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StayFileUnreadable(f"{path} is not a text in UTF-8 (byte {error.start}).") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = tuple(_rows(lines, ZoneInfo(timezone)))
    except csv.Error as error:
        raise StayFileUnreadable(f"{path}, line {lines.line_num}: {error}.") from error
    except StayFileUnreadable as error:
        raise StayFileUnreadable(f"{path}: {error.detail}") from error
    return StayFile(hashlib.sha256(content).hexdigest(), rows)


def events_in_order(rows: Iterable[StayRow]) -> list[GateEvent]:
    """Entries and exits by time; at one instant exits go first, but never before the entry of their own row."""
    keyed = []
    for row in rows:
        keyed.append(((row.entry, 1, row.number), GateEvent(row.entry, ENTRY, row)))
        keyed.append(((row.exit, 2 if row.exit == row.entry else 0, row.number), GateEvent(row.exit, EXIT, row)))
    return [event for _, event in sorted(keyed, key=lambda pair: pair[0])]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise StayFileUnreadable(f"{path} is damaged: its compression does not add up.") from error
    except OSError as error:
        raise StayFileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _rows(lines: Iterator[list[str]], zone: ZoneInfo) -> Iterator[StayRow]:
    header = [name.strip() for name in next(lines, [])]
    if sorted(header) != sorted(COLUMNS):
        raise StayFileUnreadable(
            f"the columns have to be {', '.join(COLUMNS)}; they are {', '.join(header) or 'none'}."
        )
    places = [header.index(name) for name in COLUMNS]
    seen: Counter[str] = Counter()
    number = 0
    for line in lines:
        if not line:
            continue
        number += 1
        if len(line) != len(COLUMNS):
            raise StayFileUnreadable(f"row {number} has {len(line)} fields instead of {len(COLUMNS)}.")
        seq, entry, exit = (line[place].strip() for place in places)
        if not (seq.isascii() and seq.isdigit() and len(seq) <= LONGEST_SEQ):
            raise StayFileUnreadable(f"row {number}: seq {seq[:40]!r} is no number of up to {LONGEST_SEQ} digits.")
        seen[seq] += 1
        key = seq if seen[seq] == 1 else f"{seq}.{seen[seq]}"
        yield StayRow(number, seq, key, _instant(entry, zone, number, ENTRY), _instant(exit, zone, number, EXIT))


def _instant(text: str, zone: ZoneInfo, number: int, column: str) -> datetime:
    try:
        local = datetime.fromisoformat(text)
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise StayFileUnreadable(f"row {number}: {column} {text[:40]!r} is no time like 2016-07-01T08:30:00.") from None
