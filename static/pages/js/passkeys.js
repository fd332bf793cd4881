// WebAuthn as the API speaks it: base64url in JSON, where browsers want bytes.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

function text(buffer) {
  const letters = [...new Uint8Array(buffer)].map((byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

/** Whether this browser has passkeys, which it has over HTTPS and on localhost. */
export const offered = () => "PublicKeyCredential" in window;

/** What a passkey signs for this challenge, as `passkey` of a body; null where the person changed their mind. */
export async function signed({ state, publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials) };
  const got = await asked(() => navigator.credentials.get({ publicKey: options }));
  if (!got) return null;
  const { clientDataJSON, authenticatorData, signature, userHandle } = got.response;
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  };
  return { state, credential: { id: got.id, rawId: text(got.rawId), type: got.type, response } };
}

/** A new passkey for this challenge: state and credential; null where the person changed their mind. */
export async function made({ state, publicKey }) {
  const options = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
  };
  const got = await asked(() => navigator.credentials.create({ publicKey: options }));
  if (!got) return null;
  const { clientDataJSON, attestationObject } = got.response;
  const response = { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) };
  return { state, credential: { id: got.id, rawId: text(got.rawId), type: got.type, response } };
}

async function asked(question) {
  try {
    return await question();
  } catch (error) {
    if (["NotAllowedError", "AbortError", "InvalidStateError"].includes(error.name)) return null;
    throw error;
  }
}
