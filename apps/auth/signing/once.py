"""Sealed words that go out with a browser and come back once: no row is kept until they are spent."""

import base64
import binascii
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from apps.auth.models import SpentOnce

from .sealing import find_unsealed, seal


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is sealed: it is good until `expires_at`."""

    id: UUID
    expires_at: datetime


T = TypeVar("T", bound=Word)


def seal_word(word: Word) -> str:
    """The word as text for an address or a form, which nobody else reads or makes."""
    sealed = seal(msgspec.json.encode(word), label=_label(type(word)))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def find_word(text: str, kind: type[T], *, at: datetime) -> T | None:
    """The word; None for one that is forged, of another kind or run out."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    opened = find_unsealed(sealed, label=_label(kind)) if len(sealed) > 12 else None
    if opened is None:
        return None
    try:
        word = msgspec.json.decode(opened, type=kind)
    except msgspec.DecodeError:  # sealed by another release
        return None
    return word if at < word.expires_at else None


def spend(word: Word) -> bool:
    """Whether this is the first time, in the caller's transaction: of two at once the second waits for the first."""
    try:
        with transaction.atomic():
            SpentOnce.objects.create(id=word.id, expires_at=word.expires_at)
    except IntegrityError:
        return False
    return True


def _label(kind: type[Word]) -> str:
    return f"once:{kind.__name__}"
