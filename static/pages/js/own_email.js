// Asking for another e-mail address with a passkey in the place of a code; with a code the form does it by itself.

import { offered } from "./passkeys.js";
import { proven, told } from "./proven.js";

const form = document.getElementById("own-email");
const said = document.getElementById("own-email-said");

form?.addEventListener("submit", async (event) => {
  const { email, password, code } = form.elements;
  if (code.value.trim() || !offered()) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await proven("auth/me/email", { newEmail: email.value.trim(), password: password.value });
    form.hidden = true;
    say(`A link was sent to ${email.value.trim()}. The address counts when you have followed it, signed in here.`, "status");
  } catch (error) {
    say(told(error), "alert");
  } finally {
    button.disabled = false;
  }
});

function say(text, role) {
  said.textContent = text;
  said.className = role === "alert" ? "alert" : "card-lead";
  said.setAttribute("role", role);
  said.hidden = false;
}
