// Payments: find a stay, take and give back money, today's payments, what is to be looked at.

import { act, get, perform, Refused } from "../api.js";
import { count, moment, money } from "../format.js";
import { Account, receiptPath, way } from "./account.js";
import { element } from "./element.js";
import { showTakings } from "./takings.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const KINDS = { unpriced: "No price", surplus: "Paid too much", failed_refund: "Refund failed", dispute: "Chargeback" };

function wordsOf(error) {
  if (!(error instanceof Refused)) return "No answer from the server. Look whether it was done before you try again.";
  return error.errors.map((one) => one.message).join(" ") || `${error.title}. ${error.detail}`;
}

function tell(error, where = "trouble") {
  at(where).textContent = error ? wordsOf(error) : "";
  at(where).hidden = !error;
}

const told = (work) => work.catch((error) => tell(error));
const account = new Account({ changed: () => told(refresh()), giveBack: openBack, tell });

// --- finding

at("find").addEventListener("submit", (event) => {
  event.preventDefault();
  told(find(at("plate").value.trim()));
});

async function find(words) {
  if (!words) return;
  tell(null);
  const { items } = await get("parking/entries", { q: words, pageSize: 8 });
  at("stays").replaceChildren(...items.map(stayRow));
  if (!items.length) at("stays").append(element("li", { className: "rate-none", textContent: "No stay is known by that." }));
  const exact = items.find((stay) => bare(stay.vehicleNumber) === bare(words));
  if (exact || items.length === 1) await account.open(exact ?? items[0]);
}

const bare = (plate) => plate.replaceAll(/[\s-]/g, "").toUpperCase();

function stayRow(stay) {
  const button = element("button", { type: "button" },
    element("strong", { textContent: stay.vehicleNumber }),
    element("span", { className: "badge", textContent: stay.exitTime ? "left" : "parked" }),
    element("small", { textContent: `In since ${moment(stay.entryTime, timezone)}` }));
  button.querySelector(".badge").dataset.standing = stay.exitTime ? "" : "active";
  button.addEventListener("click", () => told(account.open(stay)));
  return element("li", {}, button);
}

// --- today

async function today() {
  const from = startOfToday();
  const [number, { items }] = await Promise.all([showTakings(from), get("billing/payments", { from: from.toISOString(), pageSize: 50 })]);
  at("today-count").textContent = count(number);
  at("today").replaceChildren(...items.map(paymentRow));
  at("today").setAttribute("aria-busy", "false");
  if (!items.length) at("today").append(element("tr", {}, element("td", { colSpan: 5, textContent: "Nothing was taken today yet." })));
}

function startOfToday() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: timezone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(new Date());
  const value = (type) => Number(parts.find((part) => part.type === type).value);
  return new Date(Date.now() - ((value("hour") * 60 + value("minute")) * 60 + value("second")) * 1000);
}

function paymentRow(payment) {
  const receipt = element("a", { href: receiptPath(payment.receiptNumber), target: "_blank", rel: "noopener", textContent: payment.receiptNumber });
  return element("tr", {},
    element("td", { className: "fig", textContent: moment(payment.takenAt, timezone) }), element("td", {}, receipt),
    element("td", { textContent: way(payment.method) }), element("td", { textContent: payment.takenByName }),
    element("td", { className: "fig", textContent: money(payment.amount, payment.currency) }));
}

// --- what is to be looked at

async function open() {
  const { items } = await get("billing/reconciliation");
  at("open-count").textContent = items.length ? count(items.length) : "";
  at("open").replaceChildren(...items.map(openRow));
  at("open").setAttribute("aria-busy", "false");
  if (!items.length) at("open").append(element("li", { className: "rate-none", textContent: "Nothing: all that was priced and paid has settled." }));
}

function openRow(item) {
  const look = element("button", { type: "button", className: "button", textContent: "Open" });
  look.addEventListener("click", () => told(account.open({ id: item.entryId }).then(() => at("account").focus())));
  const row = element("li", {}, element("strong", { textContent: KINDS[item.kind] }),
    element("span", { textContent: `${item.reason.replaceAll("_", " ")}, ${moment(item.since, timezone)}` }),
    element("span", { className: "fig", textContent: item.amount === null ? "" : money(item.amount, item.currency) }));
  if (item.kind === "dispute") row.append(element("a", { className: "button", href: `/api/v1/billing/disputes/${item.id}/evidence.zip`, textContent: "Evidence" }));
  else row.append(look);
  return row;
}

// --- giving back

let returning = null;

function openBack(payment, kind) {
  returning = { payment, kind };
  const whole = money(payment.refundableAmount, payment.currency);
  at("back-title").textContent = kind === "void" ? "Void the payment" : "Refund";
  at("back-about").textContent = kind === "void" ? `All of ${whole} goes back, and is due again.` : `Up to ${whole} goes back; the fee stays settled.`;
  at("back-amount-box").hidden = kind === "void";
  at("back-amount").value = payment.refundableAmount;
  at("back-reason").value = "";
  at("back-do").textContent = kind === "void" ? "Void" : "Refund";
  tell(null, "back-trouble");
  at("back").showModal();
}

at("back-close").addEventListener("click", () => at("back").close());
at("back-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { payment, kind } = returning;
  const body = { reason: at("back-reason").value.trim() };
  if (kind === "refund") body.amount = Number(at("back-amount").value.replace(",", "."));
  at("back-do").disabled = true;
  try {
    await perform(act(`billing/payments/${payment.id}/${kind}`, body));
    at("back").close();
    await told(Promise.all([account.refresh(), refresh()]));
  } catch (error) {
    tell(error, "back-trouble");
  } finally {
    at("back-do").disabled = false;
  }
});

const refresh = () => Promise.all([today(), open()]);
told(refresh());
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  at("plate").value = asked;
  told(find(asked));
}
