// Amounts as people type them, and rows of labels with amounts.

import { money, minorDigits } from "../format.js";

/** What was typed as a number for the API, or null where it is no amount of this currency. */
export function typed(input, currency) {
  const text = input.value.trim().replace(/[\s']/g, "").replace(",", ".");
  const digits = minorDigits(currency);
  const fits = digits ? new RegExp(`^\\d+(\\.\\d{0,${digits}})?$`) : /^\d+$/;
  input.setAttribute("aria-invalid", String(!fits.test(text)));
  return fits.test(text) ? Number(text) : null;
}

/** What was typed where something has to be: its text, or null. */
export function said(input) {
  const text = input.value.trim();
  input.setAttribute("aria-invalid", String(!text));
  return text || null;
}

/** The amount with a sign where it is a difference. */
export function difference(amount, currency) {
  if (amount === null) return "–";
  return amount > 0 ? `+${money(amount, currency)}` : money(amount, currency);
}

/** short, over or even: by a word and not by colour alone. */
export const verdict = (amount) => (amount === null ? "" : amount < 0 ? "short" : amount > 0 ? "over" : "even");

/** Fill a <dl> with rows of {label, value, tone?, strong?}. */
export function fill(list, rows) {
  list.replaceChildren(
    ...rows.map(({ label, value, tone = "", strong = false }) => {
      const row = document.createElement("div");
      if (strong) row.dataset.strong = "";
      if (tone) row.dataset.tone = tone;
      const term = document.createElement("dt");
      const figure = document.createElement("dd");
      term.textContent = label;
      figure.textContent = value;
      figure.className = "fig";
      row.append(term, figure);
      return row;
    }),
  );
}
