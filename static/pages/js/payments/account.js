// How one stay stands with the till, and taking what is due for it.

import { act, get, perform } from "../api.js";
import { fromMinor, moment, money, toMinor } from "../format.js";
import { element } from "./element.js";
import { Asked } from "./asked.js";
import { Payer } from "./payer.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const rights = at("page").dataset;
const WAYS = { cash: "Cash", card: "Card", upi: "UPI", account: "Account", online: "Online" };
const DOING = { cash: "Take", card: "Take", upi: "Take", account: "Charge", online: "Ask for" };
const PAST = ["underpaid", "overpaid", "already_paid"];
const REFERENCES = { card: "The terminal’s reference", upi: "The UPI transaction’s reference (UTR)" };

export const way = (method) => WAYS[method] ?? method;
export const receiptPath = (number) => `/api/v1/billing/receipts/${number}.pdf`;

export class Account {
  #stay = null;
  #account = null;
  #asks = 0;

  /** `changed` is called when money was taken; `giveBack` when a payment is to be refunded or voided. */
  constructor({ changed, giveBack, tell }) {
    this.changed = changed;
    this.giveBack = giveBack;
    this.tell = tell;
    this.payer = new Payer();
    this.asked = new Asked({ over: (words) => this.#settled(words), given: () => this.#offer() });
    at("take").addEventListener("submit", (event) => this.#take(event));
    at("take").addEventListener("input", () => this.#reckon());
  }

  /** Show a stay: its plate where it is known, and its account as it is now. */
  async open(stay) {
    const asked = ++this.#asks;
    const account = await get(`billing/stays/${stay.id}/account`);
    const known = stay.vehicleNumber ? stay : await get(`parking/entries/${stay.id}`);
    if (asked !== this.#asks) return;
    if (known.id !== this.#stay?.id) this.asked.forget();
    this.#stay = known;
    this.#show(account);
  }

  refresh() {
    return this.#stay && this.open(this.#stay);
  }

  #show(account) {
    this.#account = account;
    const { currency } = account;
    const said = (amount) => (amount === null ? "no price" : money(amount, currency));
    at("account-title").textContent = this.#stay.vehicleNumber;
    const until = this.#stay.exitTime ? `left ${moment(this.#stay.exitTime, timezone)}` : "still parked: the fee is that of now";
    at("account-about").textContent = `In since ${moment(this.#stay.entryTime, timezone)}, ${until}`;
    const lines = account.fee?.breakdown.lines ?? [];
    at("lines").replaceChildren(...lines.map((line) => element("tr", {}, element("td", { textContent: line.description }), element("td", { className: "fig", textContent: money(line.amount, currency) }))));
    at("total").textContent = account.fee ? money(account.fee.totalAmount, currency) : said(null);
    at("paid").textContent = said(account.paidAmount);
    at("due").textContent = said(account.dueAmount);
    this.#note(account);
    for (const id of ["tendered", "reference"]) at(id).value = "";
    this.payer.forget();
    this.#offer();
    at("made-title").hidden = !account.payments.length;
    at("made").replaceChildren(...account.payments.map((payment) => this.#payment(payment)));
    at("account").hidden = false;
  }

  /** The form to take what is due, with the ways to pay that are offered there; not while a payer is waited for. */
  #offer() {
    const { dueAmount, paymentMethods } = this.#account;
    const offered = paymentMethods.filter((method) => method !== "online" || rights.hasPayPage);
    const ways = [...at("take").elements.method];
    for (const input of ways) input.closest("label").hidden = !offered.includes(input.value);
    if (!offered.includes(this.#method)) ways.find((input) => offered.includes(input.value))?.click();
    at("take").hidden = !rights.mayTake || !dueAmount || !offered.length || this.asked.isWaiting;
    this.#reckon();
  }

  async #settled(words) {
    await this.open(this.#stay);
    this.#say(words);
    this.changed();
  }

  #say(words) {
    at("note").textContent = `${words} ${at("note").textContent}`.trim();
    at("note").hidden = false;
    at("account").focus();
  }

  #note(account) {
    let words = "";
    if (account.refundableAmount) words = `${money(account.refundableAmount, account.currency)} was paid too much: refund it.`;
    else if (account.paidUntil && account.dueAmount === 0) words = `Paid. It may leave until ${moment(account.paidUntil, timezone)} without owing more.`;
    else if (account.unpricedReason) words = "This stay has no price yet, so nothing can be paid for it.";
    at("note").textContent = words;
    at("note").hidden = !words;
  }

  #payment(payment) {
    const row = element("li", {},
      element("span", { className: "made-amount fig", textContent: money(payment.amount, payment.currency) }),
      element("span", { textContent: `${way(payment.method)}, ${moment(payment.takenAt, timezone)}` }));
    const acts = element("span", { className: "made-acts" }, element("a", { className: "button", href: receiptPath(payment.receiptNumber), target: "_blank", rel: "noopener", textContent: "Receipt" }));
    if (rights.mayGiveBack && payment.refundableAmount) {
      for (const [kind, words] of [["refund", "Refund…"], ["void", "Void…"]]) {
        if (kind === "void" && payment.refunds.length) continue;
        const button = element("button", { type: "button", className: "button", textContent: words });
        button.addEventListener("click", () => this.giveBack(payment, kind));
        acts.append(button);
      }
    }
    row.append(acts);
    for (const refund of payment.refunds) {
      const status = refund.status === "succeeded" ? "" : `, ${refund.status}`;
      row.append(element("span", { className: "made-back", textContent: `${refund.kind === "void" ? "Voided" : "Refunded"} ${money(refund.amount, refund.currency)}: ${refund.reason}${status}` }));
    }
    return row;
  }

  get #method() {
    return at("take").elements.method.value;
  }

  #reckon() {
    const { currency, dueAmount } = this.#account ?? {};
    if (!dueAmount) return;
    const method = this.#method;
    at("tendered-box").hidden = at("change-box").hidden = method !== "cash";
    at("reference-box").hidden = !(method in REFERENCES);
    at("payer-box").hidden = method !== "account";
    at("online-hint").hidden = method !== "online";
    at("reference-label").textContent = REFERENCES[method] ?? "";
    at("take-words").textContent = `${DOING[method]} ${money(dueAmount, currency)}`;
    const given = Number(at("tendered").value.replace(",", "."));
    const change = toMinor(given, currency) - toMinor(dueAmount, currency);
    at("change").textContent = given > 0 && change >= 0 ? money(fromMinor(change, currency), currency) : "–";
  }

  #body() {
    const { currency, dueAmount, entryId } = this.#account;
    const body = { entryId, amount: dueAmount, currency, method: this.#method };
    const tendered = at("tendered").value.replace(",", ".").trim();
    if (body.method === "cash" && tendered) body.tendered = Number(tendered);
    if (body.method in REFERENCES) body.reference = at("reference").value.trim();
    if (body.method === "account" && this.payer.chosen) body.customerId = this.payer.chosen;
    return body;
  }

  async #take(event) {
    event.preventDefault();
    const body = this.#body();
    at("take-it").disabled = true;
    try {
      const made = await perform(act("billing/payments", body));
      this.tell("");
      if (body.method === "online") {
        this.asked.wait(made);
        this.#offer();
        return;
      }
      await this.open(this.#stay);
      const change = made.changeAmount ? ` Change: ${money(made.changeAmount, made.currency)}.` : "";
      this.#say(`${body.method === "account" ? "Charged" : "Took"} ${money(made.amount, made.currency)}, receipt ${made.receiptNumber}.${change}`);
      this.changed();
    } catch (error) {
      this.tell(error);
      if (error.code === "customer_ambiguous") this.payer.choose(error.problem.customers);
      if (PAST.includes(error.code)) await this.refresh();
    } finally {
      at("take-it").disabled = false;
    }
  }
}
