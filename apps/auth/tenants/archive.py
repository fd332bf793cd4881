"""One tenant as one file: a zip with a manifest, each of its tables, and what of the shared tables is the tenant's.

The manifest names every part with its SHA-256, and a last part holds the manifest's own; so a file that was cut short
or altered by accident is found before anything is written. It is no signature: keep the file as you keep the database.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import msgspec

from apps.core.errors import Invalid

FORMAT = 1
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
_PIECE = 1 << 20


class ArchiveDamaged(Invalid):
    code, title = "archive_damaged", "The file is not a whole export of a tenant"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the file. `columns` are those of a table, in the order of its COPY text; `rows` how many it has."""

    name: str
    sha256: str
    rows: int
    columns: list[str] = []


class TenantFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant's own row, as far as it means anything elsewhere."""

    id: UUID
    slug: str
    name: str
    currency: str
    timezone: str
    limits: dict[str, int]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds; `migrations` are those that the exported schema had seen. `exported_at` is UTC, RFC 3339."""

    format: int
    exported_at: str
    tenant: TenantFacts
    migrations: list[str]
    tables: list[Part]
    shared: list[Part]
    events_head: str


class Writer:
    """Writes the parts, and the manifest at the end."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, pieces: Iterable[bytes], *, columns: list[str], rows: int | None = None) -> Part:
        """Add a part; without `rows` they are counted by their line ends."""
        digest, lines = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as out:
            for piece in pieces:
                digest.update(piece)
                lines += piece.count(b"\n")
                out.write(piece)
        return Part(name=name, sha256=digest.hexdigest(), rows=lines if rows is None else rows, columns=columns)

    def finish(self, manifest: Manifest) -> None:
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._archive.writestr(_MANIFEST, text)
        self._archive.writestr(_SEAL, hashlib.sha256(text).hexdigest())


class Reader:
    """Reads an archive whose every part has been held against the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest = self._read_manifest()
        for part in (*self.manifest.tables, *self.manifest.shared):
            self._check(part)

    def pieces(self, part: Part) -> Iterator[bytes]:
        """A part's content, piece by piece."""
        with self._archive.open(part.name) as content:
            while piece := content.read(_PIECE):
                yield piece

    def text(self, name: str) -> str:
        """The JSON of a shared part as it is: read into numbers of Python it would lose what they were written like."""
        found = [part for part in self.manifest.shared if part.name == name]
        return b"".join(self.pieces(found[0])).decode() if found else "[]"

    def _read_manifest(self) -> Manifest:
        text = self._archive.read(_MANIFEST)
        if hashlib.sha256(text).hexdigest().encode() != self._archive.read(_SEAL).strip():
            raise ArchiveDamaged("Its manifest has been altered.")
        manifest = msgspec.json.decode(text, type=Manifest)
        if manifest.format != FORMAT:
            raise ArchiveDamaged(f"Its format is {manifest.format}, and this code reads {FORMAT}.")
        return manifest

    def _check(self, part: Part) -> None:
        digest = hashlib.sha256()
        for piece in self.pieces(part):
            digest.update(piece)
        if digest.hexdigest() != part.sha256:
            raise ArchiveDamaged(f"{part.name} has been altered.")


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write a new file, for its owner's eyes alone; it gets its name when it is whole. Raises FileExistsError."""
    draft = path.with_name(f".{path.name}.part")
    if path.exists():
        raise FileExistsError(path)
    try:
        draft.touch(mode=0o600)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            yield Writer(archive)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a file and check all of it. Raises ArchiveDamaged, FileNotFoundError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Reader(archive)
    except (zipfile.BadZipFile, KeyError, EOFError, msgspec.MsgspecError, zlib.error, NotImplementedError) as error:
        raise ArchiveDamaged(f"{path.name}: {str(error).strip() or 'it cannot be read'}.") from error
