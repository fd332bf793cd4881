// Calls that take the password and, of whoever has one, the second factor.

import { Refused, ask } from "./api.js";
import { signed } from "./passkeys.js";

/** Ask with what was typed; where no code was and a passkey can stand in for one, have it sign and ask again. */
export async function proven(path, { code, ...body }) {
  const given = code ? { ...body, mfaCode: code } : body;
  try {
    return await ask(path, given);
  } catch (error) {
    const passkey = error instanceof Refused && !code && error.problem.passkey;
    const answer = passkey && (await signed(passkey));
    if (!answer) throw error;
    return ask(path, { ...given, passkey: answer });
  }
}

/** What to tell the person of a call that did not succeed. */
export const told = (error) => (error instanceof Refused ? `${error.title}. ${error.detail}` : "No answer came; look again at what there is.");
