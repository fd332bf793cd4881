// The reconciliation: stays that left without a price, and settling them.

import { act, get, perform } from "../api.js";
import { moment } from "../format.js";
import { attempt, tell } from "./notice.js";
import { make } from "./paper.js";

const REASONS = {
  no_applicable_rate: "no rate was in force",
  longer_than_longest_stay: "longer than the plan prices",
  fee_out_of_range: "beyond what can be charged",
};
const rows = document.getElementById("item-rows");
const more = document.getElementById("item-more");
const dialog = document.getElementById("settle");
let following = null;
let chosen = null;

export async function showItems() {
  rows?.replaceChildren();
  following = null;
  await next();
}

async function next() {
  const page = await attempt(() => get("billing/reconciliation/unpriced", following ? { cursor: following } : {}));
  if (!page) return;
  rows.append(...page.items.map(row));
  following = page.nextCursor;
  more.hidden = !following;
  document.getElementById("item-empty").hidden = rows.children.length > 0;
}

function row(item) {
  const at = (instant) => (instant ? moment(instant, item.timezone) : "–");
  const last = make("td", { className: "num" });
  if (dialog) {
    const settle = make("button", { type: "button", className: "open", text: "Settle" });
    settle.addEventListener("click", () => ask(item));
    last.append(settle);
  }
  return make(
    "tr",
    {},
    make("td", {}, make("span", { className: "plate", text: item.vehicleNumber || "–" }), make("small", { text: item.vehicleType })),
    make("td", { text: item.location }),
    make("td", { text: at(item.entryTime) }),
    make("td", { text: at(item.exitTime) }),
    make("td", { className: "wide", text: REASONS[item.reason] ?? item.reason.replaceAll("_", " ") }),
    last,
  );
}

function ask(item) {
  chosen = item;
  document.getElementById("settle-stay").textContent = `${item.vehicleNumber} at ${item.location}, in ${item.currency}`;
  document.getElementById("settle-form").reset();
  dialog.showModal();
}

more?.addEventListener("click", next);
document.getElementById("settle-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const amount = Number(document.getElementById("settle-amount").value.replace(",", "."));
  const reason = document.getElementById("settle-reason").value;
  const done = await attempt(() => perform(act(`billing/reconciliation/${chosen.entryId}/settle`, { amount, reason })));
  dialog.close();
  if (!done) return;
  await showItems();
  tell(`${chosen.vehicleNumber} is settled.`);
});
