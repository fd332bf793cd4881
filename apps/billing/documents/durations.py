"""How long a stay took, in words short enough for every language."""


def duration_words(minutes: int) -> str:
    """2 d 3 h 5 min; units that are nothing are left out, and nothing at all is 0 min."""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "min")) if count]
    return " ".join(parts) or "0 min"
