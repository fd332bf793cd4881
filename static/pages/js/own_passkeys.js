// One's own passkeys: add and remove them, by the password and, where there is one, the second factor.

import { Refused, ask } from "./api.js";
import { made, offered, signed } from "./passkeys.js";

const form = document.getElementById("passkeys");
const said = document.getElementById("passkeys-said");
const { name, password, code } = form.elements;

form.querySelector("#passkeys-new").hidden = !offered();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const remove = event.submitter?.dataset.remove;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    if (remove) await proven(`auth/mfa/passkeys/${remove}/remove`);
    else if (!(await add())) return;
    location.reload();
  } catch (error) {
    say(error instanceof Refused ? `${error.title}. ${error.detail}` : "No answer came; look again at what there is.");
  } finally {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});

/** Whether the page is to be shown anew: not while recovery codes stand on it. */
async function add() {
  const answer = await made(await proven("auth/mfa/passkeys/challenge"));
  if (!answer) {
    say("No passkey was made.");
    return false;
  }
  const { recoveryCodes } = await ask("auth/mfa/passkeys", { ...answer, name: name.value.trim() || "Passkey" });
  if (!recoveryCodes) return true;
  const list = document.getElementById("passkeys-codes");
  list.querySelector("ol").replaceChildren(...recoveryCodes.map(item));
  list.hidden = false;
  form.hidden = true;
  list.scrollIntoView();
  return false;
}

/** Ask with the password and the code; where a passkey can stand in for the code, ask that. */
async function proven(path) {
  const body = { password: password.value, ...(code?.value ? { mfaCode: code.value } : {}) };
  try {
    return await ask(path, body);
  } catch (error) {
    const passkey = error instanceof Refused && !code?.value && error.problem.passkey;
    const answer = passkey && (await signed(passkey));
    if (!answer) throw error;
    return ask(path, { ...body, passkey: answer });
  }
}

function item(text) {
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("code"), { className: "secret", textContent: text }));
  return row;
}

function say(text) {
  said.textContent = text;
  said.hidden = false;
}
