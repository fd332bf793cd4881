// An invoice, or what would become one, drawn as a sheet of paper.

import { duration, moment, money } from "../format.js";

/** An element with text or children; text is never read as markup. */
export function make(name, { text = null, className = "", ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const day = (date) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

/** The last day of a half-open period. */
export function period({ from, to }) {
  const last = new Date(Date.parse(`${to}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  return `${day(from)} – ${day(last)}`;
}

export function draw(bill) {
  const amount = (value) => money(value, bill.currency);
  const stays = bill.lines.filter((line) => line.of === "stay");
  const rest = bill.lines.filter((line) => line.of !== "stay");
  const tables = [];
  if (stays.length) tables.push(log(stays, amount));
  if (rest.length) tables.push(months(rest, amount));
  return [parties(bill), headline(bill, amount), ...tables, sums(bill, amount)];
}

function parties(bill) {
  const { customer } = bill;
  const town = [customer.postcode, customer.city].filter(Boolean).join(" ");
  const lines = [...customer.address, town, customer.taxId].filter(Boolean).join("\n");
  const facts = make("dl", { className: "facts" });
  const said = [
    ["Issued", day(bill.issueDate)],
    ["Period", bill.from ? period(bill) : ""],
    ["Payable until", bill.kind === "credit_note" ? "" : day(bill.dueDate)],
    ["For invoice", bill.credits ?? ""],
    ["Credited by", (bill.creditNotes ?? []).join(", ")],
    ["Reason", bill.reason ?? ""],
  ];
  for (const [label, value] of said) if (value) facts.append(make("dt", { text: label }), make("dd", { text: value }));
  return make(
    "div",
    { className: "parties" },
    make("div", {}, make("small", { text: "Billed to" }), make("p", {}, make("strong", { text: customer.name }), `\n${lines}`)),
    facts,
  );
}

function headline(bill, amount) {
  const words = bill.kind === "credit_note" ? "Amount credited" : "Amount due";
  return make("p", { className: "headline" }, make("span", { text: words }), make("strong", { className: "fig", text: amount(bill.due) }));
}

function log(lines, amount) {
  const head = make("tr");
  for (const [text, className] of [["#", ""], ["Vehicle", ""], ["Stay", ""], ["Tax", "num"], ["Net", "num"], ["Gross", "num"]])
    head.append(make("th", { text, className, scope: "col" }));
  const body = make("tbody");
  for (const line of lines) {
    const times = line.entryTime ? `${moment(line.entryTime, line.timezone)} – ${moment(line.exitTime, line.timezone)}` : "";
    body.append(
      make(
        "tr",
        {},
        make("td", { text: line.position }),
        make("td", {}, make("span", { className: "plate", text: line.vehicleNumber })),
        make("td", { className: "wide" }, times, make("small", { text: `${line.location} · ${duration(line.durationMinutes)}` })),
        make("td", { className: "num", text: `${line.taxRate} %` }),
        make("td", { className: "num", text: amount(line.net) }),
        make("td", { className: "num", text: amount(line.gross) }),
      ),
    );
  }
  const table = make("table", { className: "sheet-table" }, make("caption", { className: "only-heard", text: "Vehicle log" }));
  table.append(make("thead", {}, head), body);
  return make("div", { className: "panel scroll" }, table);
}

const OF = { permit: "Permit", validations: "Validations by" };

function months(lines, amount) {
  const head = make("tr");
  for (const [text, className] of [["#", ""], ["Permits and validations", ""], ["Period", ""], ["Tax", "num"], ["Net", "num"], ["Gross", "num"]])
    head.append(make("th", { text, className, scope: "col" }));
  const body = make("tbody");
  for (const line of lines) {
    const details = line.quantity ? `${line.quantity} stays` : line.vehicles.join(", ");
    body.append(
      make(
        "tr",
        {},
        make("td", { text: line.position }),
        make("td", { className: "wide" }, `${OF[line.of]} ${line.name}`, make("small", { text: details })),
        make("td", { className: "wide", text: period(line) }),
        make("td", { className: "num", text: `${line.taxRate} %` }),
        make("td", { className: "num", text: amount(line.net) }),
        make("td", { className: "num", text: amount(line.gross) }),
      ),
    );
  }
  const table = make("table", { className: "sheet-table" }, make("caption", { className: "only-heard", text: "Permits and validations" }));
  table.append(make("thead", {}, head), body);
  return make("div", { className: "panel scroll" }, table);
}

function sums(bill, amount) {
  const table = make("table", { className: "sums" }, make("caption", { className: "only-heard", text: "Sums" }));
  const add = (label, value, strong = false) =>
    table.append(make("tr", strong ? { className: "strong" } : {}, make("th", { text: label, scope: "row" }), make("td", { text: amount(value) })));
  add("Net", bill.net);
  for (const tax of bill.taxes) add(`Tax ${tax.rate} % on ${amount(tax.net)}`, tax.tax);
  add("Total", bill.gross, true);
  if (bill.paid) add("Paid before", -bill.paid);
  if (bill.rounding) add("Rounding", bill.rounding);
  add(bill.kind === "credit_note" ? "Amount credited" : "Amount due", bill.due, true);
  if (bill.received) add("Received since", -bill.received);
  return table;
}
