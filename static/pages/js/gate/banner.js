// The one place where the gate page says something.

import { Refused } from "../api.js";

const SIGNS = { idle: "gate", entry: "in", exit: "out", good: "check", bad: "stop", warn: "clock", looking: "search" };

const box = document.getElementById("say");
const title = document.getElementById("say-title");
const detail = document.getElementById("say-detail");
const icon = document.getElementById("say-icon");

/** Tones: idle, looking, entry, exit, good, warn, bad. */
export function say(tone, headline, more = "") {
  box.dataset.tone = tone;
  icon.setAttribute("href", `#sign-${SIGNS[tone]}`);
  title.textContent = headline;
  detail.textContent = more;
}

/** Say something of little weight: never in the place of what became of the last vehicle. */
export function hint(headline, more) {
  if (box.dataset.tone === "idle") say("idle", headline, more);
}

// What to do about a refusal, by the API's stable code.
const ADVICE = {
  already_parked: "If it stands in front of you, it left unseen: ask a manager to record that exit.",
  location_full: "Wait for an exit, or send the vehicle to a location with places.",
  location_closed: "Let it in when the location opens, or ask a manager.",
  vehicle_denied: "Don’t let it in. Ask a manager if you think this is a mistake.",
  not_parked: "Check the plate. If it came in unseen, ask a manager to record the entry.",
  already_exited: "Someone has let it out already. Nothing is to be paid here.",
  payment_required: "Take the fee that is shown, and press Enter again.",
  underpaid: "The fee has risen meanwhile: take what is shown now, and press Enter again.",
  no_open_shift: "Open a drawer at the till, come back, and press Enter again.",
  method_not_offered: "Take the fee at Payments in one of these ways; the vehicle then leaves without cash.",
  overpaid: "The fee is lower than it was: take what is shown now, and press Enter again.",
};

const WRONG_FIELDS = {
  vehicleNumber: "This plate can’t be recorded",
  vehicleType: "This vehicle type can’t be recorded",
  driverName: "Check the driver’s name",
  driverPhone: "Check the phone number",
  transportName: "Check the haulier’s name",
};

/** Say why the server refused, in its own words, and what to do. */
export function sayRefused(refusal) {
  if (!(refusal instanceof Refused)) return sayUnreachable();
  if (refusal.status === 401) return say("bad", "You are signed out", "Sign in again in another tab, come back, and press Enter: what you typed stays here.");
  const fields = refusal.errors.map(({ message }) => message).filter((message) => message && message !== refusal.detail);
  const headline = (refusal.status === 422 && WRONG_FIELDS[refusal.errors[0]?.field]) || refusal.title;
  const words = [refusal.detail, ...fields, ADVICE[refusal.code]].filter((text) => text && text !== refusal.title);
  say("bad", headline, words.join(" "));
}

export function sayUnreachable() {
  say("bad", "No answer from the server", "Check this device’s network. Nothing was sent.");
}
