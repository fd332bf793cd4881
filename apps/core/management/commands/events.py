"""`manage.py events`: what waits, what is dead, and the ways out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock, tenancy
from apps.core.actor import SYSTEM
from apps.core.errors import DomainError
from apps.core.events import dead_letters
from apps.core.events.dead_letters import Which
from apps.core.events.lag import list_lag
from apps.core.events.replay import replay


class Command(BaseCommand):
    help = "Show how far the subscriptions are behind, handle dead letters, tell stored events again."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        parts.add_parser("lag", help="what waits for each subscription, for how long, and its dead letters")
        dead = parts.add_parser("dead", help="list dead letters with their errors")
        _add_which(dead)
        again = parts.add_parser("redrive", help="have dead letters tried again")
        _add_which(again)
        again.add_argument("--all", action="store_true", help="of every subscription")
        give_up = parts.add_parser("discard", help="give dead letters up; what waits behind them goes on")
        _add_which(give_up)
        give_up.add_argument("--reason", required=True, help="why: kept in the log")
        tell = parts.add_parser("replay", help="give stored events to the feeds that may hear them again")
        tell.add_argument("--type", required=True, help="the event's type, like VehicleEntered")
        tell.add_argument("--from", required=True, dest="since", type=_instant, help="an instant with its offset")
        tell.add_argument("--subscription", help="to this feed alone")
        tell.add_argument("--tenant", metavar="SLUG", help="of this tenant alone")

    def handle(self, *args: Any, **options: Any) -> None:
        parts: dict[str, Callable[[dict[str, Any]], None]] = {
            "lag": self._lag, "dead": self._dead, "redrive": self._redrive, "discard": self._discard,
            "replay": self._replay,
        }  # fmt: skip
        try:
            parts[options["part"]](options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal

    def _lag(self, options: dict[str, Any]) -> None:
        for lag in list_lag(at=clock.now()):
            age = f", the oldest for {lag.oldest_seconds:.1f} s" if lag.waiting else ""
            self.stdout.write(f"{lag.subscription}: {lag.waiting} waiting{age}; {lag.dead} dead")

    def _dead(self, options: dict[str, Any]) -> None:
        with tenancy.public():
            for letter in dead_letters.list_dead(which=_which(options)).iterator():
                self.stdout.write(
                    f"{letter.event_id} {letter.type} of {letter.tenant_schema} for {letter.subscription}: dead since"
                    f" {letter.dead_at:%Y-%m-%dT%H:%M:%SZ} after {letter.attempts} tries: {letter.error}"
                )

    def _redrive(self, options: dict[str, Any]) -> None:
        which = _which(options)
        if which == Which() and not options["all"]:
            raise CommandError("Say which: --subscription, --event or --all.")
        self.stdout.write(f"{dead_letters.redrive(which=which, at=clock.now(), actor=SYSTEM)} will be tried again.")

    def _discard(self, options: dict[str, Any]) -> None:
        which = _which(options)
        if which == Which():
            raise CommandError("Say which: --subscription or --event.")
        given_up = dead_letters.discard(which=which, reason=options["reason"], actor=SYSTEM)
        self.stdout.write(f"{given_up} given up.")

    def _replay(self, options: dict[str, Any]) -> None:
        tenants = tenancy.directory().all()
        if options["tenant"]:
            tenants = [tenant for tenant in tenants if tenant.slug == options["tenant"]]
            if not tenants:
                raise CommandError(f"There is no tenant {options['tenant']}.")
        for tenant in tenants:
            with tenancy.enter(tenant):
                put = replay(options["type"], options["since"], subscription=options["subscription"])
            self.stdout.write(f"{tenant.slug}: {put} to be delivered again.")


def _add_which(parser: CommandParser) -> None:
    parser.add_argument("--subscription", help="of this subscription")
    parser.add_argument("--event", type=UUID, metavar="ID", help="of this event")


def _which(options: dict[str, Any]) -> Which:
    return Which(subscription=options["subscription"], event_id=options["event"])


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at
