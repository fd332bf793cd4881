"""What a browser's `navigator.credentials` gives, as clients send it on: WebAuthn level 3's JSON, section 5.1.8.2."""

from typing import Annotated, Any

import msgspec

from apps.auth.passkeys.asserting import Assertion
from apps.core.api import Body

Base64Url = Annotated[str, msgspec.Meta(min_length=1, max_length=8000, pattern=r"^[A-Za-z0-9_-]+\Z")]
Handle = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[A-Za-z0-9_-]*\Z")]
State = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class _Loose(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Browsers add members as the standard grows; those that are not named here are not looked at."""


class AssertionResponse(_Loose, frozen=True, kw_only=True):
    """What the authenticator signed. `clientDataJSON` is so written by the standard."""

    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    authenticator_data: Base64Url
    signature: Base64Url
    user_handle: Handle | None = None


class AssertionCredential(_Loose, frozen=True, kw_only=True):
    """The credential of `navigator.credentials.get`."""

    id: Base64Url
    raw_id: Base64Url
    response: AssertionResponse
    type: str = "public-key"


class GivenAssertion(Body, frozen=True, kw_only=True):
    """The `state` of the challenge, and what the browser gave for its `publicKey`."""

    state: State
    credential: AssertionCredential


class AttestationResponse(_Loose, frozen=True, kw_only=True):
    """What the authenticator made. `clientDataJSON` is so written by the standard."""

    client_data: Base64Url = msgspec.field(name="clientDataJSON")
    attestation_object: Base64Url


class AttestationCredential(_Loose, frozen=True, kw_only=True):
    """The credential of `navigator.credentials.create`."""

    id: Base64Url
    raw_id: Base64Url
    response: AttestationResponse
    type: str = "public-key"


def given_assertion(given: GivenAssertion | None) -> Assertion | None:
    """The same for commands."""
    if given is None:
        return None
    return Assertion(state=given.state, credential=as_fido2_reads(given.credential))


def as_fido2_reads(credential: AssertionCredential | AttestationCredential) -> dict[str, Any]:
    """The JSON again, of the members that are looked at."""
    read: dict[str, Any] = msgspec.to_builtins(credential)
    return read | {"clientExtensionResults": {}}
