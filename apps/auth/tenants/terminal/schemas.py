"""`tenant spare` and `tenant drift`: for the owner of the tables."""

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from apps.auth.tenants.drift import find_drift
from apps.auth.tenants.naming import name_of
from apps.auth.tenants.spares import KEPT, count_ready, fill_spares
from apps.auth.tenants.words import words_of

from .subcommand import Say, Subcommand

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0


class Spare(Subcommand):
    """make schemas beforehand, for new tenants to take"""

    @staticmethod
    def arguments(parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, default=KEPT, help=f"how many shall wait (default: {KEPT})")
        parser.add_argument("--watch", action="store_true", help="go on, and replace each that is taken")

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        if options["keep"] < 0:
            raise CommandError("--keep takes a number that is not negative.")
        fill_spares(wanted=options["keep"], told=lambda schema: say(f"{schema} is ready."))
        say(f"{count_ready()} spare(s) ready.")
        while options["watch"]:
            time.sleep(_LOOK_SECONDS)
            _refill(options["keep"])


def _refill(wanted: int) -> None:
    try:
        fill_spares(wanted=wanted, told=lambda schema: log.info("spare_made", schema=schema))
    except OperationalError as error:  # the database is restarted, or a lock was held too long
        log.warning("spare_not_made", error=str(error).strip())
        connection.close()


class Drift(Subcommand):
    """look for schemas that are not what their migrations make; exit code 1 when there is one"""

    @staticmethod
    def run(options: dict[str, Any], say: Say) -> None:
        drifted = find_drift()
        for schema, difference in sorted(drifted.items()):
            say(f"{name_of(schema)}: {words_of(difference)}")
        if drifted:
            raise CommandError(f"{len(drifted)} schema(s) have drifted.")
        say("No schema has drifted.")
