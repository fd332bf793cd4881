"""The port for what a plate is: parking knows when two ways of writing one are the same, and says so at start-up."""

from collections.abc import Callable

from .stays import PortNotFilled

PlateKey = Callable[[str], str]
_key: PlateKey | None = None


def register_plate_key(key: PlateKey) -> None:
    """Fill the port: `key(typed)` gives what plates are compared by, and raises Invalid for what is no plate."""
    global _key
    _key = key


def key_of(vehicle_number: str) -> str:
    """What a plate is compared by. Raises Invalid."""
    if _key is None:
        raise PortNotFilled("parking registers its plates at start-up")
    return _key(vehicle_number)
