// The manager's page: everybody's shifts, their differences over time, one of them in detail, counts put right.

import { get } from "../api.js";
import { showChart } from "./chart.js";
import { Detail } from "./detail.js";
import { Rows } from "./rows.js";
import { say, sayRefused } from "./word.js";

const { currency } = document.body.dataset;
const place = document.getElementById("filter-location");
const status = document.getElementById("filter-status");
const days = document.getElementById("filter-days");
const more = document.getElementById("more");
const DAY_MS = 86_400_000;
const places = new Map();
const detail = new Detail({ places });
const rows = new Rows({ places });
let shifts = [];
let cursor = null;
let asked = 0;

async function page(after) {
  const turn = ++asked;
  const query = { from: new Date(Date.now() - days.value * DAY_MS).toISOString(), pageSize: 100 };
  if (place.value) query.locationId = place.value;
  if (status.value) query.status = status.value;
  if (after) query.cursor = after;
  const found = await get("billing/shifts", query);
  if (turn !== asked) return; // the filters were changed meanwhile: a later answer is the one to show
  shifts = after ? [...shifts, ...found.items] : found.items;
  cursor = found.nextCursor;
  more.hidden = cursor === null;
  rows.show(shifts, detail.id);
  showChart(shifts, currency, places);
}

const load = (after = null) => page(after).catch(sayRefused);

document.getElementById("filters").addEventListener("change", () => load());
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", () => load(cursor));
rows.addEventListener("chosen", ({ detail: id }) => {
  say("idle", "");
  detail.open(id).catch(sayRefused);
});
detail.addEventListener("changed", () => load());

try {
  const { items } = await get("parking/locations", { pageSize: 200 });
  for (const one of items) {
    places.set(one.id, one);
    place.append(new Option(one.name, one.id));
  }
  await load();
} catch (error) {
  sayRefused(error);
}
