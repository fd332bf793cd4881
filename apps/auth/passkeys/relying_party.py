"""Our side of WebAuthn at one host: python-fido2 with what it leaves to the relying party."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, PublicKeyCredentialRpEntity

from apps.auth.models import Passkey
from apps.core.errors import Unauthenticated

LONGEST_ID = 1023  # bytes, WebAuthn section 4
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, UnsupportedAlgorithm, InvalidSignature)


class PasskeyInvalid(Unauthenticated):
    code, title = "passkey_invalid", "That passkey does not fit"


class Asserted(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator said: its signature count, and whether it has seen to it that this is its owner."""

    sign_count: int
    verified: bool


def rp_id(site: str) -> str:
    """The host that passkeys are for; no port (WebAuthn section 5.1.2)."""
    return urlsplit(site).hostname or ""


def server(site: str) -> Fido2Server:
    """The relying party at a host. Only a page of exactly this scheme, host and port may speak for it."""
    entity = PublicKeyCredentialRpEntity(id=rp_id(site), name="Parking")
    return Fido2Server(entity, verify_origin=lambda origin: origin == site)


def check_registration(site: str, credential: dict[str, Any], *, challenge: bytes) -> AuthenticatorData:
    """What the authenticator made. Raises PasskeyInvalid."""
    state = {"challenge": websafe_encode(challenge), "user_verification": None}
    try:
        made = server(site).register_complete(state, credential)
        data = made.credential_data
        if data is None or len(data.credential_id) > LONGEST_ID or _not_one_of_ours(site, data):
            raise ValueError("an algorithm that was not asked for")
    except _UNREADABLE as error:
        raise PasskeyInvalid("It could not be registered; begin again.") from error
    return made


def check_assertion(site: str, credential: dict[str, Any], *, challenge: bytes, passkey: Passkey) -> Asserted:
    """Hold a signature against a passkey's public key. Raises PasskeyInvalid."""
    known = AttestedCredentialData(bytes(passkey.credential))
    state = {"challenge": websafe_encode(challenge), "user_verification": None}
    try:
        server(site).authenticate_complete(state, [known], credential)
        data = AuthenticatorData(websafe_decode(credential["response"]["authenticatorData"]))
        handle = credential["response"].get("userHandle")
        if handle and websafe_decode(handle) != passkey.user_id.bytes:
            raise ValueError("somebody else's")
    except _UNREADABLE as error:
        raise PasskeyInvalid("Begin again, or sign in another way.") from error
    return Asserted(sign_count=data.counter, verified=data.is_user_verified())


def credential_id(credential: dict[str, Any]) -> bytes:
    """Which passkey this claims to be. Raises PasskeyInvalid."""
    try:
        return websafe_decode(credential["rawId"])[: LONGEST_ID + 1]
    except _UNREADABLE as error:
        raise PasskeyInvalid("Begin again, or sign in another way.") from error


def _not_one_of_ours(site: str, data: AttestedCredentialData) -> bool:
    return data.public_key.get(3) not in {one.alg for one in server(site).allowed_algorithms}
