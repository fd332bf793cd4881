"""Holding what an authenticator signed against what was asked and what is known."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from apps.auth.models import Passkey
from apps.auth.signing.once import find_word, spend

from .challenges import AssertionChallenge, bytes_of
from .relying_party import Asserted, PasskeyInvalid, check_assertion, credential_id, rp_id

log = structlog.get_logger(__name__)


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser sends back: the challenge's `state`, and the credential as `navigator.credentials.get` gave it."""

    state: str
    credential: dict[str, Any]


def find_owner(assertion: Assertion, *, site: str) -> UUID:
    """Whose passkey this claims to be. Raises PasskeyInvalid. Runs where the public schema is visible."""
    return _find(assertion, site).user_id


def use_passkey(assertion: Assertion, *, site: str, user_id: UUID, alone: bool, at: datetime) -> Passkey:
    """Spend a challenge on a signature by one of this person's passkeys; the passkey with its new count.

    Where it is the only proof (`alone`) the authenticator must have verified its owner, and the challenge must have
    asked for it; as a second factor it must have been made for this person. Raises PasskeyInvalid. Runs in a
    transaction that holds the user's row.
    """
    asked = find_word(assertion.state, AssertionChallenge, at=at)
    if asked is None or asked.site != site or asked.user_id != (None if alone else user_id):
        raise PasskeyInvalid("That took too long, or was asked for elsewhere; begin again.")
    passkey = _find(assertion, site)
    if passkey.user_id != user_id:
        raise PasskeyInvalid("It is not one of this account's.")
    said = check_assertion(site, assertion.credential, challenge=bytes_of(asked), passkey=passkey)
    if alone and not said.verified:
        raise PasskeyInvalid("It did not ask who you are: sign in with your password first.")
    _require_growing(passkey, said)
    if not spend(asked):
        raise PasskeyInvalid("It was used already; begin again.")
    passkey.sign_count, passkey.last_used_at = said.sign_count, at
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey


def _require_growing(passkey: Passkey, said: Asserted) -> None:
    """A count that does not grow is a copy's; passkeys that are synchronised never count (WebAuthn section 6.1.1)."""
    if (said.sign_count or passkey.sign_count) and said.sign_count <= passkey.sign_count:
        log.warning("passkey_cloned", passkey=str(passkey.id), user=str(passkey.user_id))
        raise PasskeyInvalid("There may be a copy of it: remove it, and sign in another way.")


def _find(assertion: Assertion, site: str) -> Passkey:
    found = Passkey.objects.filter(credential_id=credential_id(assertion.credential), rp_id=rp_id(site))
    passkey = found.select_related("user").first()
    if passkey is None:
        raise PasskeyInvalid("It is not known here; sign in another way.")
    return passkey
