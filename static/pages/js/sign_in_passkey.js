// Signing in by a passkey: alone, or after the password where the page says what is to be signed.

import { ask } from "./api.js";
import { offered, signed } from "./passkeys.js";

const form = document.getElementById("passkey-form");
const button = form?.querySelector("button");
const said = form?.querySelector("[role=status]");

if (form) form.hidden = !offered();
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  said.textContent = "";
  try {
    const challenge = form.dataset.asked ? JSON.parse(form.dataset.asked) : await ask("auth/passkeys/challenge", {});
    const answer = await signed(challenge);
    if (answer) {
      form.elements.signed.value = JSON.stringify(answer);
      form.submit();
      return;
    }
    said.textContent = "No passkey was used.";
  } catch {
    said.textContent = "That did not work; try again, or sign in another way.";
  }
  button.disabled = false;
});
