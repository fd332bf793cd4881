// One shift: its sums, what may explain a difference, and a recount.

import { act, get, perform } from "../api.js";
import { moment, money } from "../format.js";
import { difference, said, typed } from "./amounts.js";
import { showCauses, showSums, STATUS } from "./sums.js";
import { say, sayRefused } from "./word.js";

const panel = document.getElementById("detail");
const form = document.getElementById("recount-form");
const amount = document.getElementById("recount-sum");
const reason = document.getElementById("recount-reason");
const more = document.getElementById("detail-more");
const { user, mayCount } = document.getElementById("page").dataset;
const WORDS = { deposit: "To the safe", pay_in: "Change from the safe", expense: "Expense", refund: "Refund", void: "Voided", lost_ticket: "Lost ticket", manual_open: "Barrier opened by hand" };

export class Detail extends EventTarget {
  #shift = null;
  #places;

  constructor({ places }) {
    super();
    this.#places = places;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#recount();
    });
    document.getElementById("recount-confirm").addEventListener("click", () => this.#confirm());
  }

  get id() {
    return this.#shift?.id;
  }

  async open(id) {
    this.#show(await get(`billing/shifts/${id}`));
    panel.focus();
  }

  #show(shift) {
    this.#shift = shift;
    const open = shift.status === "open";
    const place = this.#places.get(shift.locationId);
    document.getElementById("detail-body").hidden = false;
    document.getElementById("detail-none").hidden = true;
    document.getElementById("detail-title").textContent = `${shift.cashierName}, drawer ${shift.drawer}`;
    document.getElementById("detail-facts").textContent = [
      place?.name,
      `${moment(shift.openedAt, place?.timezone)} – ${open ? "now" : moment(shift.closedAt, place?.timezone)}`,
      STATUS[shift.status],
      open || shift.closedBy === shift.cashierId ? "" : `counted by ${shift.closedByName}`,
    ].filter(Boolean).join(" · ");
    showSums(document.getElementById("detail-sums"), shift);
    showCauses(document.getElementById("detail-causes"), shift);
    this.#showMore(shift, place?.timezone);
    const print = document.getElementById("detail-print");
    print.hidden = open;
    print.href = `/api/v1/billing/shifts/${shift.id}.pdf`;
    form.hidden = mayCount === undefined || shift.cashierId === user;
    document.getElementById("recount-title").textContent = open ? "Count for the cashier" : "Count again";
    document.getElementById("recount-go").textContent = open ? "Close the shift" : "Record the recount";
    document.getElementById("recount-confirm").hidden = open;
    document.getElementById("recount-reason-field").hidden = open;
  }

  #showMore({ currency, movements, refunds, incidents, recounts, denominations }, zone) {
    const at = (instant) => moment(instant, zone);
    const happened = [
      ...movements.map((one) => ({ at: one.movedAt, what: WORDS[one.kind], why: one.reason, figure: money(one.kind === "pay_in" ? one.amount : -one.amount, currency) })),
      ...refunds.map((one) => ({ at: one.givenAt, what: WORDS[one.kind], why: one.reason, figure: money(-one.amount, currency) })),
      ...incidents.map((one) => ({ at: one.reportedAt, what: WORDS[one.cause], why: [one.gate, one.reason].filter(Boolean).join(": "), figure: "" })),
    ].sort((a, b) => new Date(a.at) - new Date(b.at));
    const told = happened.map((one) => [one.what, `${at(one.at)} · ${one.why}`, one.figure]);
    const again = recounts.map((one) => [one.recountedByName, `${at(one.recountedAt)} · ${one.reason}`, `${money(one.counted, currency)} (${difference(one.difference, currency)})`]);
    const pieces = denominations.map((one) => [`${one.pieces} × ${money(one.value, currency)}`, "", money(one.value * one.pieces, currency)]);
    more.replaceChildren(...table("What happened", told), ...table("Counted again", again), ...table("Notes and coins", pieces));
  }

  async #recount() {
    const counted = typed(amount, this.#shift.currency);
    if (counted === null) return say("bad", "Write what was counted.");
    if (this.#shift.status === "open") return this.#send("close", { counted }, "The shift is closed.");
    const why = said(reason);
    if (why === null) return say("bad", "Say why it was counted again.");
    await this.#send("recounts", { counted, reason: why }, "The recount is recorded.");
  }

  async #confirm() {
    const { recounted, counted } = this.#shift;
    const why = reason.value.trim() || "Count confirmed";
    await this.#send("recounts", { counted: recounted ?? counted, reason: why }, "The count is confirmed.");
  }

  async #send(what, body, done) {
    const { id } = this.#shift;
    try {
      await perform(act(`billing/shifts/${id}/${what}`, body));
      amount.value = reason.value = "";
      say("good", done);
      this.#show(await get(`billing/shifts/${id}`));
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      sayRefused(error);
    }
  }
}

function table(caption, lines) {
  if (!lines.length) return [];
  const head = document.createElement("h3");
  head.className = "sub";
  head.textContent = caption;
  const list = document.createElement("ol");
  list.className = "lines";
  for (const [what, note, amount] of lines) {
    const row = document.createElement("li");
    const words = document.createElement("span");
    const more = document.createElement("small");
    const figure = document.createElement("span");
    words.textContent = what;
    more.textContent = note;
    words.append(more);
    figure.textContent = amount;
    figure.className = "fig";
    row.append(words, figure);
    list.append(row);
  }
  return [head, list];
}
