// The page of the accountant: invoices, a new one with its preview, and the reconciliation.

import { act, get, perform } from "../api.js";
import { money } from "../format.js";
import { showItems } from "./items.js";
import { attempt, tell } from "./notice.js";
import { day, draw, make, period } from "./paper.js";
import { tabs } from "./tabs.js";

const STATES = { open: "Open", partly_paid: "Partly paid", paid: "Paid", credited: "Credited", credit_note: "Credit note" };
const at = (id) => document.getElementById(id);
const rows = at("invoice-rows");
let following = null;
let shown = null;

// -- the list

async function showList() {
  rows.replaceChildren();
  following = null;
  await next();
}

async function next() {
  const asked = Object.fromEntries([...new FormData(at("filters"))].filter(([, value]) => value));
  const page = await attempt(() => get("billing/invoices", following ? { ...asked, cursor: following } : asked));
  if (!page) return;
  rows.append(...page.items.map(row));
  following = page.nextCursor;
  at("invoice-more").hidden = !following;
  at("invoice-empty").hidden = rows.children.length > 0;
  at("invoice-empty").textContent = Object.keys(asked).length ? "No invoice matches." : "There are no invoices yet.";
}

function row(bill) {
  const open = make("button", { type: "button", className: "open fig", text: bill.number });
  open.addEventListener("click", () => showDetail(bill.id));
  const owed = bill.kind === "credit_note" ? "–" : money(bill.outstanding, bill.currency);
  return make(
    "tr",
    {},
    make("td", {}, open),
    make("td", { className: "wide", text: bill.customerName }),
    make("td", { text: period(bill) }),
    make("td", { text: day(bill.dueDate) }),
    make("td", { className: "num", text: money(bill.gross, bill.currency) }),
    make("td", { className: "num", text: owed }),
    make("td", {}, make("span", { className: "state", "data-state": bill.state, text: STATES[bill.state] })),
  );
}

at("filters").addEventListener("change", showList);
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("invoice-more").addEventListener("click", next);

// -- one of them

async function showDetail(id) {
  const bill = await attempt(() => get(`billing/invoices/${id}`));
  if (!bill) return;
  shown = bill;
  at("detail-title").textContent = `${bill.kind === "credit_note" ? "Credit note" : "Invoice"} ${bill.number}`;
  at("detail-body").replaceChildren(...draw(bill));
  at("detail-pdf").href = `/api/v1/billing/invoices/${id}.pdf`;
  at("detail-xml").href = `/api/v1/billing/invoices/${id}.xml`;
  if (at("credit-form")) {
    at("credit-form").hidden = bill.kind === "credit_note" || bill.state === "credited";
    at("credit-form").reset();
    at("mail-to").value = bill.customer.email;
  }
  if (!at("detail").open) at("detail").showModal();
}

at("credit-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const note = await attempt(() => perform(act(`billing/invoices/${shown.id}/credit-notes`, { reason: at("credit-reason").value })));
  at("detail").close();
  if (!note) return;
  await showList();
  tell(`${shown.number} is credited by ${note.number}.`);
});

at("mail-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const mail = await attempt(() => perform(act(`billing/invoices/${shown.id}/email`, { to: at("mail-to").value })));
  at("detail").close();
  if (mail) tell(`${shown.number} is on its way to ${mail.to}.`);
});

// -- a new one

let drafted = null;

async function fillCustomers() {
  if (!at("customer") || at("customer").options.length > 1) return;
  const page = await attempt(() => get("billing/customers", { pageSize: 200 }));
  for (const customer of page?.items ?? []) at("customer").append(make("option", { value: customer.id, text: customer.name }));
  at("haulier-box").hidden = Boolean(at("customer").value);
}

function asked() {
  const given = Object.fromEntries(new FormData(at("issue")));
  if (given.customerId) delete given.transportName;
  else delete given.customerId;
  return given;
}

at("customer")?.addEventListener("change", () => {
  at("haulier-box").hidden = Boolean(at("customer").value);
});
at("issue")?.addEventListener("input", () => {
  at("draft").hidden = true;
});
at("issue")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const bill = await attempt(() => get("billing/invoices/preview", asked()));
  at("draft").hidden = !bill;
  if (!bill) return;
  drafted = act("billing/invoices", asked());
  at("draft-body").replaceChildren(...draw(bill));
});
at("issue-now")?.addEventListener("click", async () => {
  const bill = await attempt(() => perform(drafted));
  if (!bill) return;
  at("draft").hidden = true;
  openTab("list");
  await showDetail(bill.id);
  tell(`${bill.number} is issued.`);
});

function lastMonth() {
  const now = new Date();
  const first = (back) => new Date(Date.UTC(now.getFullYear(), now.getMonth() - back, 1)).toISOString().slice(0, 10);
  if (at("period-from")) [at("period-from").value, at("period-to").value] = [first(1), first(0)];
}

lastMonth();
const openTab = tabs((name) => {
  if (name === "list") showList();
  if (name === "issue") fillCustomers();
  if (name === "items") showItems();
});
