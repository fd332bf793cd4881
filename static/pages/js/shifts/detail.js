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
  #zone;
  #names;

  constructor({ timezone, names }) {
    super();
    this.#zone = timezone;
    this.#names = names;
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
    document.getElementById("detail-body").hidden = false;
    document.getElementById("detail-title").textContent = `${shift.cashierName}, drawer ${shift.drawer}`;
    document.getElementById("detail-facts").textContent = [
      this.#names.get(shift.locationId),
      `${moment(shift.openedAt, this.#zone)} – ${open ? "now" : moment(shift.closedAt, this.#zone)}`,
      STATUS[shift.status],
      open || shift.closedBy === shift.cashierId ? "" : `counted by ${shift.closedByName}`,
    ].filter(Boolean).join(" · ");
    showSums(document.getElementById("detail-sums"), shift);
    showCauses(document.getElementById("detail-causes"), shift);
    this.#showMore(shift);
    const print = document.getElementById("detail-print");
    print.hidden = open;
    print.href = `/api/v1/billing/shifts/${shift.id}.pdf`;
    form.hidden = mayCount === undefined || shift.cashierId === user;
    document.getElementById("recount-title").textContent = open ? "Count for the cashier" : "Count again";
    document.getElementById("recount-go").textContent = open ? "Close the shift" : "Record the recount";
    document.getElementById("recount-confirm").hidden = open;
    document.getElementById("recount-reason-field").hidden = open;
  }

  #showMore({ currency, movements, refunds, incidents, recounts, denominations }) {
    const at = (instant) => moment(instant, this.#zone);
    const moved = movements.map((one) => [at(one.movedAt), `${WORDS[one.kind]}: ${one.reason}`, money(one.kind === "pay_in" ? one.amount : -one.amount, currency)]);
    const given = refunds.map((one) => [at(one.givenAt), `${WORDS[one.kind]}: ${one.reason}`, money(-one.amount, currency)]);
    const told = incidents.map((one) => [at(one.reportedAt), `${WORDS[one.cause]}: ${[one.gate, one.reason].filter(Boolean).join(", ")}`, ""]);
    const again = recounts.map((one) => [at(one.recountedAt), `${one.recountedByName}: ${one.reason}`, `${money(one.counted, currency)} (${difference(one.difference, currency)})`]);
    const pieces = denominations.map((one) => [`${one.pieces} ×`, money(one.value, currency), money(one.value * one.pieces, currency)]);
    more.replaceChildren(...table("What happened", [...moved, ...given, ...told]), ...table("Counted again", again), ...table("Notes and coins", pieces));
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
  for (const [when, words, figure] of lines) {
    const row = document.createElement("li");
    for (const [text, kind] of [[when, "when"], [words, ""], [figure, "fig"]]) {
      const cell = document.createElement("span");
      cell.textContent = text;
      cell.className = kind;
      row.append(cell);
    }
    list.append(row);
  }
  return [head, list];
}
