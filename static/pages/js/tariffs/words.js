// A tariff and what went wrong with it, in a line.

import { Refused, Unanswered } from "../api.js";
import { money } from "../format.js";

const UNITS = { hourly: "h", daily: "day", weekly: "week", monthly: "month" };

export function priceWords({ rates, plan, currency }) {
  if (plan) return plan.name;
  return Object.entries(UNITS)
    .filter(([unit]) => rates[unit] !== null)
    .map(([unit, word]) => `${money(rates[unit], currency)} / ${word}`)
    .join(" · ");
}

/** Where a version stands now: draft, planned, active or retired. */
export function standing({ status, effectiveDate }, now = Date.now()) {
  return status === "active" && Date.parse(effectiveDate) > now ? "planned" : status;
}

export const STANDING_WORDS = { draft: "Draft", planned: "Planned", active: "In force", retired: "Retired" };

export function showStanding(badge, rate) {
  badge.hidden = false;
  badge.dataset.standing = standing(rate);
  badge.textContent = `${STANDING_WORDS[standing(rate)]} · version ${rate.version}`;
}

/** What to tell of a failed call; anything that is no answer of the server is a fault of ours and goes on. */
export function failureWords(error) {
  if (error instanceof Unanswered) return "The server did not answer. Nothing is lost here; try again.";
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) return "Your session has ended. Sign in again in another tab, then try again here.";
  const fields = error.errors.map(({ message }) => message).filter((message) => message !== error.detail);
  return [`${error.title}.`, error.detail === error.title ? "" : error.detail, ...fields].filter(Boolean).join(" ");
}

export function tell(element, words) {
  element.textContent = words;
  element.hidden = !words;
}
