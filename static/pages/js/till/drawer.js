// An open drawer: what was taken, cash in and out, reports. Never what ought to lie in it.

import { act, get, perform } from "../api.js";
import { clock, count, money } from "../format.js";
import { said, typed } from "../shifts/amounts.js";
import { say, sayRefused } from "../shifts/word.js";

const moveForm = document.getElementById("move-form");
const moveAmount = document.getElementById("move-amount");
const moveReason = document.getElementById("move-reason");
const reportForm = document.getElementById("report-form");
const reportPlate = document.getElementById("report-plate");
const reportGate = document.getElementById("report-gate");
const reportReason = document.getElementById("report-reason");
const list = document.getElementById("taken");
const WORDS = { deposit: "To the safe", pay_in: "Change from the safe", expense: "Expense", lost_ticket: "Lost ticket", manual_open: "Barrier opened by hand", refund: "Refund", void: "Voided" };
const EVERY_MS = 20_000;

export class Drawer {
  #shift;
  #zone;

  constructor() {
    moveForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#move();
    });
    reportForm.addEventListener("change", () => this.#fields());
    reportForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#report();
    });
    setInterval(() => this.#shift && !document.hidden && this.refresh(), EVERY_MS);
    document.addEventListener("visibilitychange", () => this.#shift && !document.hidden && this.refresh());
  }

  get shift() {
    return this.#shift;
  }

  /** `zone` is the IANA zone of the shift's location. */
  begin(shift, zone = this.#zone) {
    this.#shift = shift;
    this.#zone = zone;
    this.#show();
    this.#fields();
  }

  end() {
    this.#shift = null;
  }

  async refresh() {
    const { id } = this.#shift;
    const fresh = await get(`billing/shifts/${id}`).catch(() => null);
    if (fresh && this.#shift?.id === id && fresh.status === "open") this.begin(fresh);
  }

  #show() {
    const { payments, paymentCount, movements, incidents, refunds, currency } = this.#shift;
    const lines = [
      ...payments.map((one) => ({ at: one.takenAt, what: "Payment", note: one.receiptNumber, amount: one.amount })),
      ...refunds.map((one) => ({ at: one.givenAt, what: WORDS[one.kind], note: one.reason, amount: -one.amount })),
      ...movements.map((one) => ({ at: one.movedAt, what: WORDS[one.kind], note: one.reason, amount: one.kind === "pay_in" ? one.amount : -one.amount })),
      ...incidents.map((one) => ({ at: one.reportedAt, what: WORDS[one.cause], note: [one.gate, one.reason].filter(Boolean).join(": "), amount: null })),
    ].sort((a, b) => new Date(b.at) - new Date(a.at));
    list.replaceChildren(...lines.map((line) => this.#row(line, currency)));
    document.getElementById("taken-none").hidden = lines.length > 0;
    document.getElementById("taken-count").textContent = paymentCount ? `${count(paymentCount)} payments` : "";
  }

  #row({ at, what, note, amount }, currency) {
    const row = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = at;
    time.textContent = clock(at, this.#zone, { seconds: false });
    const words = document.createElement("span");
    words.textContent = what;
    const more = document.createElement("small");
    more.textContent = note;
    words.append(more);
    const figure = document.createElement("span");
    figure.className = "fig";
    figure.textContent = amount === null ? "" : money(amount, currency);
    row.append(time, words, figure);
    return row;
  }

  async #move() {
    const amount = typed(moveAmount, this.#shift.currency);
    const reason = said(moveReason);
    if (!amount) return say("bad", "Write how much is carried in or out.");
    if (reason === null) return say("bad", "Say why the cash is carried.");
    const kind = moveForm.elements.kind.value;
    await this.#send("movements", { kind, amount, reason }, `${WORDS[kind]}: ${money(amount, this.#shift.currency)}.`);
    moveAmount.focus();
  }

  async #report() {
    const cause = reportForm.elements.cause.value;
    const reason = said(reportReason);
    if (reason === null) return say("bad", "Say what happened.");
    const body = { cause, reason, gate: reportGate.value.trim() };
    if (cause === "lost_ticket") {
      const entry = await this.#stay();
      if (!entry) return say("bad", "No stay of this plate was found. Check the plate.");
      Object.assign(body, { entryId: entry.id, gate: "" });
    }
    await this.#send("incidents", body, `${WORDS[cause]} is reported.`);
    reportReason.focus();
  }

  async #stay() {
    const vehicleNumber = said(reportPlate);
    if (vehicleNumber === null) return null;
    const { items } = await get("parking/entries", { vehicleNumber }).catch(() => ({ items: [] }));
    return items[0] ?? null;
  }

  async #send(what, body, done) {
    try {
      await perform(act(`billing/shifts/${this.#shift.id}/${what}`, body));
      say("good", done);
      [moveAmount, moveReason, reportReason, reportPlate, reportGate].forEach((input) => (input.value = ""));
      await this.refresh();
    } catch (error) {
      sayRefused(error);
    }
  }

  #fields() {
    const lost = reportForm.elements.cause.value === "lost_ticket";
    document.getElementById("report-plate-field").hidden = !lost;
    document.getElementById("report-gate-field").hidden = lost;
  }
}
