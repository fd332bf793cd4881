"""`manage.py signing_keys list|rotate|retire`: the keys that access tokens are signed with."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.commands.signing_keys import list_signing_keys, retire_signing_key, rotate_signing_keys
from apps.auth.models import SigningKey
from apps.auth.signing import keyring
from apps.core import clock
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "List the keys that sign access tokens, make a new one, or refuse what one has signed. Times are UTC."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="which key signs, and which only verify")
        rotate = verbs.add_parser("rotate", help="make a key that signs in ten minutes, when it is known everywhere")
        rotate.add_argument("--now", action="store_true", help="let it sign at once, when the present key is known")
        retire = verbs.add_parser("retire", help="refuse all that a key has signed, from the next request on")
        retire.add_argument("kid", help="the key's name in the list")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        at = clock.now()
        try:
            if verb == "rotate":
                made = rotate_signing_keys(at=at, at_once=options["now"])
                self.stdout.write(f"{made.kid} signs from {_utc(made.signs_from)}.")
            elif verb == "retire":
                retire_signing_key(kid=options["kid"], at=at)
                self.stdout.write(f"{options['kid']} is refused from now on; whoever holds its tokens refreshes them.")
            else:
                self._list(at)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal

    def _list(self, at: datetime) -> None:
        signer = keyring.present().find_signer(at)
        for key in list_signing_keys():
            until = _utc(key.verifies_until) if key.verifies_until else "no end"
            state = _state(key, signs=signer is not None and signer.kid == key.kid, at=at)
            self.stdout.write(f"{key.kid}  {state:<10}  signs from {_utc(key.signs_from)}  verifies until {until}")


def _state(key: SigningKey, *, signs: bool, at: datetime) -> str:
    if key.verifies_until is not None and key.verifies_until <= at:
        return "past"
    if signs:
        return "signs"
    return "coming" if key.signs_from > at else "verifies"


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
