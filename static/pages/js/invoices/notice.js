// What was done, or why not, in one line above the page's parts.

import { Refused, Unanswered } from "../api.js";

const place = document.getElementById("notice");

export function tell(words, tone = "good") {
  place.textContent = words;
  place.dataset.tone = tone;
  place.hidden = !words;
}

/** Run an act; a refusal or a lost answer is told, and gives null. What was told before is gone: tell of a success last. */
export async function attempt(act) {
  try {
    tell("");
    return await act();
  } catch (error) {
    if (error instanceof Refused) tell(`${error.title}. ${error.detail}`, "bad");
    else if (error instanceof Unanswered) tell("No answer came. Look whether it was done before you try again.", "bad");
    else throw error;
    return null;
  }
}
