// The exit's pane: stay, fee, cash and change.

import { duration, fromMinor, minorDigits, moment, money, toMinor } from "../format.js";

const at = (id) => document.getElementById(id);
const received = at("received");
const change = at("change");
const changeLine = change.parentElement;

export class Till {
  #stay = null;
  #fee = null;
  #unpriced = false;

  constructor(currency) {
    this.currency = currency;
    received.addEventListener("input", () => this.#count());
  }

  /** Show the stay; `where` is its location's name and `zone` its IANA zone. */
  open(entry, { vehicle, where, zone }) {
    this.#stay = entry;
    at("stay-since").textContent = moment(entry.entryTime, zone);
    at("stay-vehicle").textContent = vehicle;
    at("stay-where").textContent = where;
    received.value = "";
    this.tick();
    this.#write(null);
  }

  /** The quoted fee. */
  show(fee) {
    this.#write(fee);
  }

  /** No rate prices this stay: the vehicle may leave, its fee is settled later. */
  showUnpriced() {
    this.#write(null, { unpriced: true });
  }

  close() {
    this.#stay = null;
    this.#write(null);
  }

  tick() {
    if (this.#stay) at("stay-duration").textContent = duration((Date.now() - new Date(this.#stay.entryTime)) / 60_000);
  }

  get fee() {
    return this.#fee;
  }

  /** Whether the page shows what leaving costs, so that Enter may end the stay. */
  get ready() {
    return this.#unpriced || this.#fee !== null;
  }

  get dueMinor() {
    return this.#fee ? toMinor(this.#fee.totalAmount, this.#fee.currency) : 0;
  }

  /** What was handed over, in the smallest unit: the fee itself when the field is empty, null when unreadable. */
  get receivedMinor() {
    const text = received.value.trim().replace(/[\s']/g, "").replace(",", ".");
    if (!text) return this.dueMinor;
    const digits = minorDigits(this.currency);
    const fits = digits ? new RegExp(`^\\d+(\\.\\d{0,${digits}})?$`) : /^\d+$/;
    return fits.test(text) ? toMinor(text, this.currency) : null;
  }

  write(minor) {
    return money(fromMinor(minor, this.currency), this.currency);
  }

  #write(fee, { unpriced = false } = {}) {
    this.#fee = fee;
    this.#unpriced = unpriced;
    at("due").textContent = fee ? money(fee.totalAmount, fee.currency) : unpriced ? "no rate" : "…";
    at("due").toggleAttribute("data-long", at("due").textContent.length > 10);
    at("bill-lines").replaceChildren(...(fee?.breakdown.lines ?? []).map((line) => row(line, fee.currency)));
    at("settle-words").textContent = this.#words();
    received.disabled = this.ready && !this.dueMinor;
    this.#count();
  }

  #words() {
    if (!this.ready) return "Working out the fee…";
    if (this.#unpriced) return "Let out without a fee";
    return this.dueMinor ? `Take ${this.write(this.dueMinor)} and let out` : "Nothing to pay: let out";
  }

  #count() {
    const given = this.receivedMinor;
    const short = this.#fee && given !== null && given < this.dueMinor;
    received.setAttribute("aria-invalid", String(given === null));
    changeLine.toggleAttribute("data-short", Boolean(short));
    changeLine.firstElementChild.textContent = short ? "Short by" : "Change";
    if (!this.#fee || given === null) change.textContent = "–";
    else change.textContent = this.write(Math.abs(given - this.dueMinor));
  }
}

function row({ description, amount }, currency) {
  const line = document.createElement("tr");
  const what = Object.assign(document.createElement("th"), { scope: "row", textContent: description });
  const much = Object.assign(document.createElement("td"), { textContent: money(amount, currency) });
  line.append(what, much);
  return line;
}
