// The exit's pane: stay, fee, what was paid before, what is due and how it is paid.

import { duration, fromMinor, minorDigits, moment, money, toMinor } from "../format.js";
import { paidBy, Ways } from "./ways.js";

const at = (id) => document.getElementById(id);
const received = at("received");
const change = at("change");
const changeLine = change.parentElement;

export class Till {
  #stay = null;
  #account = null;
  #unpriced = false;
  ways = new Ways();

  constructor(currency) {
    this.currency = currency;
    received.addEventListener("input", () => this.#count());
    this.ways.addEventListener("chosen", () => this.#count());
  }

  /** Show the stay; `where` is its location's name and `zone` its IANA zone. */
  open(entry, { vehicle, where, zone }) {
    if (this.#stay?.id !== entry.id) {
      received.value = "";
      this.ways.forget();
    }
    this.#stay = entry;
    at("stay-since").textContent = moment(entry.entryTime, zone);
    at("stay-vehicle").textContent = vehicle;
    at("stay-where").textContent = where;
    this.tick();
    this.#write(null);
  }

  /** How the stay stands: its fee, what was paid of it, what is due, and the ways to pay. */
  show(account) {
    this.#write(account);
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

  get account() {
    return this.#account;
  }

  /** Whether the page shows what leaving costs, so that Enter may end the stay. */
  get ready() {
    return this.#unpriced || this.#account !== null;
  }

  get dueMinor() {
    return this.#account ? toMinor(this.#account.dueAmount, this.#account.currency) : 0;
  }

  /** What the exit says of the payment; nothing where nothing is due. */
  get payment() {
    const { chosen: method, reference } = this.ways;
    if (!this.dueMinor) return undefined;
    return { method, amount: this.#account.dueAmount, reference: reference || undefined };
  }

  /** What was handed over, in the smallest unit: what is due when the field is empty, null when unreadable. */
  get receivedMinor() {
    const text = received.value.trim().replace(/[\s']/g, "").replace(",", ".");
    if (!text || this.ways.chosen !== "cash") return this.dueMinor;
    const digits = minorDigits(this.currency);
    const fits = digits ? new RegExp(`^\\d+(\\.\\d{0,${digits}})?$`) : /^\d+$/;
    return fits.test(text) ? toMinor(text, this.currency) : null;
  }

  write(minor) {
    return money(fromMinor(minor, this.currency), this.currency);
  }

  #write(account, { unpriced = false } = {}) {
    this.#account = account;
    this.#unpriced = unpriced;
    const lines = account?.fee.breakdown.lines ?? [];
    const before = account?.paidAmount ? [{ description: "Paid before", amount: -account.paidAmount }] : [];
    at("bill-lines").replaceChildren(...[...lines, ...before].map((line) => row(line, account.currency)));
    const due = account ? money(account.dueAmount, account.currency) : unpriced ? "no rate" : "…";
    at("due").textContent = due;
    at("due").toggleAttribute("data-long", due.length > 10);
    received.disabled = this.ready && !this.dueMinor;
    if (this.ready) this.ways.offer(this.dueMinor ? account.paymentMethods : ["cash"]);
    this.#count();
  }

  #words() {
    if (!this.ready) return "Working out the fee…";
    if (this.#unpriced) return "Let out without a fee";
    if (!this.dueMinor) return "Nothing to pay: let out";
    const due = this.write(this.dueMinor);
    return this.ways.chosen === "cash" ? `Take ${due} and let out` : `${due} ${paidBy(this.ways.chosen)}: let out`;
  }

  #count() {
    at("settle-words").textContent = this.#words();
    const given = this.receivedMinor;
    const short = this.#account && given !== null && given < this.dueMinor;
    received.setAttribute("aria-invalid", String(given === null));
    changeLine.toggleAttribute("data-short", Boolean(short));
    changeLine.firstElementChild.textContent = short ? "Short by" : "Change";
    if (!this.#account || given === null) change.textContent = "–";
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
