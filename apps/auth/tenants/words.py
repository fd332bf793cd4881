"""How a difference between two schemas is told to people."""

from .fingerprints import Difference


def words_of(difference: Difference) -> str:
    """One sentence: which object, and what it is instead of what it should be."""
    what = f"{difference.kind} {difference.name}".strip()
    if difference.found is None:
        return f"{what} is missing; it should be: {difference.wanted}"
    if difference.wanted is None:
        return f"{what} should not be there: {difference.found}"
    return f"{what} is: {difference.found}; it should be: {difference.wanted}"
