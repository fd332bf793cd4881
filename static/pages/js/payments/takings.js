// What came in today and went back, by way of paying and currency.

import { get } from "../api.js";
import { fromMinor, money, toMinor } from "../format.js";
import { way } from "./account.js";
import { element } from "./element.js";

const at = (id) => document.getElementById(id);
const DAY_MS = 86_400_000;
const SUMS = ["takenAmount", "givenBackAmount", "netAmount"];

/** Show the sums since an instant; gives how many payments were taken. */
export async function showTakings(since) {
  const query = { from: since.toISOString(), to: new Date(since.getTime() + 2 * DAY_MS).toISOString() };
  const { items } = await get("billing/takings", query);
  const currencies = [...new Set(items.map((item) => item.currency))];
  at("totals").replaceChildren(...currencies.flatMap((currency) => rowsOf(items.filter((item) => item.currency === currency), currency)));
  if (!items.length) at("totals").append(element("tr", {}, element("td", { colSpan: 4, textContent: "Nothing came in today yet." })));
  at("totals").setAttribute("aria-busy", "false");
  return items.reduce((sum, item) => sum + item.paymentCount, 0);
}

function rowsOf(items, currency) {
  const rows = items.map((item) => row(way(item.method), SUMS.map((name) => item[name]), currency));
  if (items.length < 2) return rows;
  const all = SUMS.map((name) => fromMinor(items.reduce((sum, item) => sum + toMinor(item[name], currency), 0), currency));
  return [...rows, Object.assign(row("All", all, currency), { className: "sum-of-all" })];
}

function row(name, amounts, currency) {
  return element("tr", {},
    element("th", { scope: "row", textContent: name }),
    ...amounts.map((amount) => element("td", { className: "fig", textContent: money(amount, currency) })));
}
