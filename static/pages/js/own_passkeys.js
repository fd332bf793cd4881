// One's own passkeys: add and remove them, by the password and, where there is one, the second factor.

import { ask } from "./api.js";
import { made, offered } from "./passkeys.js";
import { proven, told } from "./proven.js";

const form = document.getElementById("passkeys");
const said = document.getElementById("passkeys-said");
const { name, password, code } = form.elements;
const buttons = () => document.querySelectorAll("#passkeys button, #passkeys-list button");
const proofs = () => ({ password: password.value, code: code?.value.trim() });

form.querySelector("#passkeys-new").hidden = !offered();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const remove = event.submitter?.dataset.remove;
  for (const button of buttons()) button.disabled = true;
  try {
    if (remove) await proven(`auth/mfa/passkeys/${remove}/remove`, proofs());
    else if (!(await add())) return;
    location.reload();
  } catch (error) {
    say(told(error));
  } finally {
    for (const button of buttons()) button.disabled = false;
  }
});

/** Whether the page is to be shown anew: not while recovery codes stand on it. */
async function add() {
  const answer = await made(await proven("auth/mfa/passkeys/challenge", proofs()));
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

function item(text) {
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("code"), { className: "secret", textContent: text }));
  return row;
}

function say(text) {
  said.textContent = text;
  said.hidden = false;
}
