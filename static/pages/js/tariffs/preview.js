// The live preview: what stays would cost by what is being written, priced by the server while one types.

import { ask, get, Refused } from "../api.js";
import { money } from "../format.js";
import { instantOf, localTime } from "../zone.js";
import { CurveChart, lengthWords, stepsOf } from "./curve.js";
import { showFaults } from "./faults.js";
import { Unreadable } from "./terms.js";
import { failureWords, tell } from "./words.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const PATIENCE_MS = 350;
const MOST_STEPS = 400;

export class Preview {
  #terms;
  #rateId;
  #hours = 72;
  #chart = new CurveChart(at("curve"), at("curve-read"));
  #timer = 0;
  #asking = null;
  #present = { key: "", rate: null };
  #told = {};

  constructor(terms, rateId) {
    this.#terms = terms;
    this.#rateId = rateId;
    at("zone-name").textContent = timezone;
    at("entry").value = `${localTime(Date.now(), timezone).slice(0, 10)}T09:00`;
    for (const input of [at("entry"), at("allowed")]) input.addEventListener("input", () => this.soon());
    at("facts").addEventListener("input", () => this.soon());
    for (const button of document.querySelectorAll("[data-hours]")) {
      button.addEventListener("click", () => this.#show(Number(button.dataset.hours)));
    }
    terms.addEventListener("change", () => this.soon());
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), PATIENCE_MS);
  }

  async now() {
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    this.#askForFacts();
    try {
      const stays = this.#stays();
      if (!stays) return;
      if (this.#terms.isEmpty) return this.#wait();
      const terms = this.#terms.body();
      const [now, present] = await Promise.all([ask("billing/rates/preview", { ...terms, ...stays }, signal), this.#curveInForce(stays, signal)]);
      showFaults();
      tell(at("trouble"), "");
      this.#draw(now, present);
    } catch (error) {
      if (signal.aborted) return;
      this.#refused(error);
    }
  }

  #refused(error) {
    at("curve").toggleAttribute("data-old", true);
    if (error instanceof Unreadable) return showFaults([{ field: "", message: error.message }]);
    if (error instanceof Refused && error.status === 422) return showFaults(error.errors.length ? error.errors : [{ field: "", message: error.detail }]);
    return tell(at("trouble"), failureWords(error));
  }

  #wait() {
    showFaults();
    this.#chart.show({ now: null, present: null, hours: this.#hours });
    at("curve-key").replaceChildren();
    at("steps").hidden = true;
    at("curve-read").textContent = "Write a price, or choose a starting point.";
  }

  #show(hours) {
    this.#hours = hours;
    for (const button of document.querySelectorAll("[data-hours]")) button.setAttribute("aria-pressed", String(Number(button.dataset.hours) === hours));
    this.now();
  }

  // What the stays have in common: null while the time is half typed.
  #stays() {
    const entryTime = instantOf(at("entry").value, timezone);
    if (!entryTime || !at("vehicle-type").value) return null;
    const allowed = Number(at("allowed").value.replace(",", "."));
    const stays = { vehicleType: at("vehicle-type").value, entryTime, upToHours: this.#hours, facts: this.#facts() };
    if (allowed > 0) stays.allowedUntil = new Date(Date.parse(entryTime) + allowed * 3_600_000).toISOString();
    return stays;
  }

  async #curveInForce(stays, signal) {
    const query = { vehicleType: stays.vehicleType, ...(at("location").value && { locationId: at("location").value }) };
    const key = JSON.stringify(query);
    if (this.#present.key !== key) this.#present = { key, rate: await inForce(query, signal) };
    const { rate } = this.#present;
    if (!rate || rate.id === this.#rateId) return null;
    const { plan, rates, penalties, tax, discounts, stacking } = rate;
    try {
      return await ask("billing/rates/preview", { ...(plan ? { plan } : { rates, penalties, tax, discounts, stacking }), ...stays }, signal);
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  #draw(now, present) {
    at("curve").toggleAttribute("data-old", false);
    this.#chart.show({ now, present, hours: this.#hours });
    at("curve-key").replaceChildren(key("key-after", "this tariff"), ...(present ? [key("key-present", "in force now")] : []), ...(now.exact ? [] : [key("key-note", "climbs in finer steps than are drawn")]));
    const steps = stepsOf(now);
    const fees = new Map(now.points.map((point) => [point.seconds, point]));
    at("step-rows").replaceChildren(...steps.slice(0, MOST_STEPS).map((seconds) => step(fees.get(seconds), now.currency)));
    at("steps").hidden = !steps.length || !now.exact;
  }

  // The plan says what it asks of a stay; what was answered before stays.
  #askForFacts() {
    const facts = this.#terms.facts();
    const known = JSON.stringify(facts);
    if (at("facts").dataset.known === known) return;
    at("facts").dataset.known = known;
    at("facts").replaceChildren(...Object.entries(facts).filter(([, kind]) => kind && typeof kind === "object").map(([name, kind]) => factField(name, kind, this.#told[name])));
  }

  #facts() {
    const told = {};
    for (const input of at("facts").querySelectorAll("[name]")) {
      if (input.value === "") continue;
      told[input.name] = input.dataset.kind === "flag" ? input.value === "true" : input.dataset.kind === "number" ? Number(input.value) : input.value;
    }
    this.#told = { ...this.#told, ...told };
    return told;
  }
}

async function inForce(query, signal) {
  try {
    return await get("billing/rates/applicable", query, signal);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

function factField(name, kind, told) {
  const field = Object.assign(document.createElement("div"), { className: "field" });
  const id = `fact-${name}`;
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: name });
  const words = kind.kind === "flag" ? [["true", "yes"], ["false", "no"]] : (kind.words ?? []).map((word) => [word, word]);
  const input = document.createElement(kind.kind === "number" ? "input" : "select");
  Object.assign(input, { id, name, className: "input fig" });
  input.dataset.kind = kind.kind;
  if (kind.kind === "number") Object.assign(input, { type: "number", min: kind.smallest, max: kind.largest, step: 1, placeholder: "not told" });
  else input.append(new Option("not told", ""), ...words.map(([value, word]) => new Option(word, value)));
  if (told !== undefined) input.value = String(told);
  field.append(label, input);
  return field;
}

const key = (className, textContent) => Object.assign(document.createElement("span"), { className, textContent });

function step({ seconds, amount, detail, reason }, currency) {
  const row = document.createElement("tr");
  const length = Object.assign(document.createElement("td"), { textContent: lengthWords(Math.max(0, seconds - 1)) });
  const fee = Object.assign(document.createElement("td"), { textContent: amount === null ? (detail ?? reason) : money(amount, currency) });
  row.append(length, fee);
  return row;
}
