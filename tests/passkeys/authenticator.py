"""An authenticator in software: makes credentials and signs as WebAuthn asks it to, and lies where a test says so."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

from apps.core.ids import new_id

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One credential; `count` is its signature count, `verifies` whether it asks who its owner is."""

    def __init__(self, site: str = "http://acme.localhost", *, verifies: bool = True, counts: bool = True) -> None:
        self.site, self.verifies, self.counts, self.count = site, verifies, counts, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = new_id().bytes
        self.user_handle = b""

    def create(self, public_key: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives."""
        self.user_handle = websafe_decode(public_key["user"]["id"])
        cose = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(public_key["rp"]["id"], ATTESTED, lies) + attested
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        client = self._client("webauthn.create", public_key["challenge"], lies)
        return self._credential(clientDataJSON=client, attestationObject=cbor.encode(statement))

    def get(self, public_key: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives."""
        if self.counts:
            self.count += 1
        data = self._data(public_key["rpId"], 0, lies)
        client = self._client("webauthn.get", public_key["challenge"], lies)
        signed = lies.get("signer", self.key).sign(data + _sha256(client), ec.ECDSA(SHA256()))
        handle = lies.get("user_handle", self.user_handle)
        return self._credential(clientDataJSON=client, authenticatorData=data, signature=signed, userHandle=handle)

    def _data(self, rp_id: str, more: int, lies: dict[str, Any]) -> bytes:
        flags = lies.get("flags", PRESENT | (VERIFIED if self.verifies else 0)) | more
        return _sha256(lies.get("rp_id", rp_id).encode()) + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.site} | lies.get("client", {})
        return json.dumps(said).encode()

    def _credential(self, **response: bytes) -> dict[str, Any]:
        sent = {name: websafe_encode(value) for name, value in response.items()}
        own = websafe_encode(self.id)
        return {"id": own, "rawId": own, "type": "public-key", "response": sent, "clientExtensionResults": {}}


def _sha256(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()
