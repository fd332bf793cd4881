"""The subcommands of `manage.py tenant`, by name."""

from typing import Final

from .files import Export, Import
from .life import Admit, Close, Delete, Host, List, Reactivate, Suspend
from .schemas import Drift, Spare
from .subcommand import Subcommand

SUBCOMMANDS: Final[dict[str, type[Subcommand]]] = {
    "list": List,
    "suspend": Suspend,
    "reactivate": Reactivate,
    "close": Close,
    "delete": Delete,
    "host": Host,
    "admit": Admit,
    "export": Export,
    "import": Import,
    "spare": Spare,
    "drift": Drift,
}

__all__ = ["SUBCOMMANDS", "Subcommand"]
