"""What a subcommand is."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

Say = Callable[[str], object]


class Subcommand:
    """The docstring is its help."""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        """Declare what it takes."""

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        """Do it. Raises DomainError or CommandError where it is refused."""
        raise NotImplementedError
