// The line in which a page of shifts says what became of an act.

import { Refused } from "../api.js";

const line = document.getElementById("word");

/** Tones: idle, good, bad. */
export function say(tone, text) {
  line.dataset.tone = tone;
  line.textContent = text;
}

/** Why the server refused, in its own words; of a lost answer only that it is lost. */
export function sayRefused(error) {
  if (!(error instanceof Refused)) {
    if (error?.name === "AbortError") return;
    return say("bad", "No answer from the server. Check this device’s network; nothing is lost by trying again.");
  }
  if (error.status === 401) return say("bad", "You are signed out. Sign in again in another tab, then come back.");
  const fields = error.errors.map(({ message }) => message).filter((message) => message && message !== error.detail);
  say("bad", [error.title, error.detail, ...fields].filter((text, i, all) => text && all.indexOf(text) === i).join(". ").replaceAll("..", "."));
}
