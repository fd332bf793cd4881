// The price in its two ways of being written: single prices in a form, or a plan as JSON.

import { Discounts } from "./discounts.js";

const at = (id) => document.getElementById(id);
const UNITS = ["hourly", "daily", "weekly", "monthly"];

/** The text is no JSON: where, in words. */
export class Unreadable extends Error {}

export class Terms extends EventTarget {
  #mode = "rates";
  #discounts = new Discounts(() => this.#changed());

  constructor() {
    super();
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => this.#turn(button.dataset.mode));
    }
    at("tariff").addEventListener("input", () => this.#changed());
    at("plan").addEventListener("keydown", indent);
  }

  get mode() {
    return this.#mode;
  }

  show({ rates, penalties, tax, plan, discounts, stacking }) {
    this.#discounts.show({ discounts, stacking });
    for (const unit of UNITS) at(unit).value = rates?.[unit] ?? "";
    at("grace").value = penalties?.gracePeriodMinutes ?? 0;
    at("multiplier").value = penalties?.overstayMultiplier ?? 1;
    at("tax").value = tax?.rate ?? 0;
    at("inclusive").checked = tax?.inclusive ?? false;
    at("plan").value = plan ? written(plan) : "";
    this.#turn(plan ? "plan" : "rates", { quietly: true });
  }

  take(plan) {
    at("plan").value = written(plan);
    this.#turn("plan", { quietly: true });
    this.#changed();
  }

  lock() {
    for (const input of at("tariff").querySelectorAll("input, select")) input.disabled = true;
    at("plan").readOnly = true;
    this.#discounts.lock();
  }

  /** Whether nothing has been written yet that could be priced. */
  get isEmpty() {
    return this.#mode === "rates" ? UNITS.every((unit) => !at(unit).value.trim()) : !at("plan").value.trim();
  }

  /** What the API takes, less what it is for. Throws Unreadable. */
  body() {
    if (this.#mode === "plan") return { plan: read(at("plan").value) };
    return {
      rates: Object.fromEntries(UNITS.map((unit) => [unit, number(at(unit).value)])),
      penalties: { gracePeriodMinutes: number(at("grace").value) ?? 0, overstayMultiplier: number(at("multiplier").value) ?? 1 },
      tax: { rate: number(at("tax").value) ?? 0, inclusive: at("inclusive").checked },
      ...this.#discounts.body(number),
    };
  }

  /** The facts that are asked of a stay, by name; vehicleType is asked for elsewhere. */
  facts() {
    if (this.#mode !== "plan") return this.#discounts.facts();
    try {
      const { vehicleType, ...facts } = JSON.parse(at("plan").value).facts ?? {};
      return facts;
    } catch {
      return {};
    }
  }

  #turn(mode, { quietly = false } = {}) {
    const turned = this.#mode !== mode;
    this.#mode = mode;
    for (const name of ["rates", "plan"]) at(`${name}-mode`).hidden = name !== mode;
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    if (turned && !quietly) this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

// Lists of words and of numbers stay on their line. A text holds no line break, so none is changed by this.
function written(plan) {
  return JSON.stringify(plan, null, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s*\n\s*/g, " "));
}

// What is no number goes to the server as it is written, which says what is wrong with it.
function number(text) {
  const written = text.trim().replace(",", ".");
  if (!written) return null;
  return /^-?\d+(\.\d+)?$/.test(written) ? Number(written) : written;
}

function read(text) {
  try {
    const plan = JSON.parse(text);
    if (plan === null || typeof plan !== "object" || Array.isArray(plan)) throw new Unreadable("A plan is an object: { … }");
    return plan;
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(text.trim() ? `This is no JSON yet: ${error.message}` : "Write a plan, or choose a starting point.");
  }
}

// Tab still leaves the text: only Enter keeps the indentation.
function indent(event) {
  if (event.key !== "Enter" || event.target.readOnly) return;
  const { selectionStart, value } = event.target;
  const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
  const deeper = /[{[]\s*$/.test(line) ? "  " : "";
  event.preventDefault();
  event.target.setRangeText(`\n${/^\s*/.exec(line)[0]}${deeper}`, selectionStart, event.target.selectionEnd, "end");
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}
