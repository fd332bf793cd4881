"""The subcommands of `manage.py tenant`, by name."""

from typing import Final

from .schemas import Drift, Spare
from .subcommand import Subcommand

SUBCOMMANDS: Final[dict[str, type[Subcommand]]] = {
    "spare": Spare,
    "drift": Drift,
}

__all__ = ["SUBCOMMANDS", "Subcommand"]
