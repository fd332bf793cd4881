// The list of price lists: in force, planned, drafts; the retired ones when asked for.

import { get } from "../api.js";
import { count, moment } from "../format.js";
import { Names } from "./names.js";
import { failureWords, priceWords, standing, tell } from "./words.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const NOTHING = { active: "No tariff is in force yet: stays would have no price.", draft: "No drafts.", retired: "None yet." };
let names = null;
let next = null;

const startsWords = { draft: "", planned: "from ", active: "since ", retired: "from " };

function row(rate) {
  const item = at("rate-template").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-is=${name}]`);
  part("link").href = `/tariffs/${rate.id}/`;
  part("kind").textContent = names.type(rate.vehicleType);
  part("where").textContent = names.location(rate.locationId);
  part("price").textContent = priceWords(rate);
  const kind = standing(rate);
  part("since").textContent = kind === "draft" ? `version ${rate.version}` : startsWords[kind] + moment(rate.effectiveDate, timezone);
  return item;
}

function show(kind, rates) {
  const list = at(kind);
  list.replaceChildren(...rates.map(row));
  list.setAttribute("aria-busy", "false");
  if (!rates.length && NOTHING[kind]) list.append(Object.assign(document.createElement("li"), { className: "rate-none", textContent: NOTHING[kind] }));
  if (at(`${kind}-count`)) at(`${kind}-count`).textContent = rates.length ? count(rates.length) : "";
}

async function all(query) {
  const found = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await get("billing/rates", { ...query, pageSize: 200, ...(cursor && { cursor }) });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

const byPlace = (a, b) => names.location(a.locationId).localeCompare(names.location(b.locationId)) || names.type(a.vehicleType).localeCompare(names.type(b.vehicleType));

async function load() {
  names = await Names.load();
  const kinds = { active: [], planned: [], draft: [] };
  for (const rate of await all({})) kinds[standing(rate)]?.push(rate);
  for (const [kind, rates] of Object.entries(kinds)) show(kind, kind === "draft" ? rates : rates.sort(byPlace));
  at("planned-part").hidden = !kinds.planned.length;
}

async function retired(cursor) {
  const page = await get("billing/rates", { status: "retired", pageSize: 50, ...(cursor && { cursor }) });
  if (cursor) at("retired").append(...page.items.map(row));
  else show("retired", page.items);
  next = page.nextCursor;
  at("retired-more").hidden = !next;
}

const told = (work) => work.catch((error) => tell(at("trouble"), failureWords(error)));

at("retired-part").addEventListener("toggle", (event) => event.target.open && names && told(retired(null)));
at("retired-more").addEventListener("click", () => told(retired(next)));
told(load());
