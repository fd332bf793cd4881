"""Number plates: what is accepted, and the key under which two ways of writing one plate are the same.

The key is upper case without spaces and punctuation, with look-alikes folded: full-width forms (NFKC), the Cyrillic and
Greek capitals that plates share with Latin, every script's digits, O as 0 and I as 1. Cameras and people mix those up,
and the plate formats that we know never tell two vehicles apart by them.
"""

import unicodedata
from functools import lru_cache

from apps.core.errors import Invalid

LONGEST_TYPED = 32
LONGEST_KEY = 20

_LOOK_ALIKES = str.maketrans(
    "АВЕКМНОРСТУХІЅЈ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "OI",
    "ABEKMH0PCTYX1SJ" + "ABEZH1KMN0PTYX" + "01",
)
_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "PDF", "PDI", "FSI"}


@lru_cache(maxsize=4096)  # a command asks up to three times for one plate
def plate_key(typed: str) -> str:
    """The key of a plate as typed, of 1 to 20 letters and digits. Raises Invalid naming what is wrong with it."""
    if len(typed) > LONGEST_TYPED:
        raise _refusal("too_long", f"A plate has at most {LONGEST_TYPED} characters; this one has {len(typed)}.")
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in typed):
        raise _refusal("right_to_left", "Write the plate left to right, in its Latin letters and digits.")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") for character in typed):
        raise _refusal("unprintable", "The plate contains characters that cannot be printed; type it again.")
    key = loose_key(typed)
    if not key:
        raise _refusal("empty", "Type the plate: at least one letter or digit.")
    if len(key) > LONGEST_KEY:
        raise _refusal("too_long", f"A plate has at most {LONGEST_KEY} letters and digits; this one has {len(key)}.")
    return key


def loose_key(text: str) -> str:
    """The same folding for a part of a plate that someone searches for; may be empty."""
    # ẞ, ß and SS are one; taking the case away may take letters apart, so they are put together once more
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold().upper())
    return "".join(_digit(character) for character in folded if character.isalnum()).translate(_LOOK_ALIKES)


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character, character))  # any script's digit is the digit


def _refusal(code: str, message: str) -> Invalid:
    return Invalid.field("vehicleNumber", code, message)
