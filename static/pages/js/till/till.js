// A cashier's page: open a drawer, work at it, count it blind, see what was expected.

import { act, get, perform } from "../api.js";
import { moment, money } from "../format.js";
import { showCauses, showSums } from "../shifts/sums.js";
import { say, sayRefused } from "../shifts/word.js";
import { Counting } from "./counting.js";
import { Drawer } from "./drawer.js";
import { Opening } from "./opening.js";

const { currency } = document.body.dataset;
const sections = ["opening", "drawer", "counting", "result"].map((id) => document.getElementById(id));
const title = document.getElementById("title");
const facts = document.getElementById("facts");
const opening = new Opening({ currency });
const drawer = new Drawer();
const counting = new Counting();
let places = new Map();

function show(mode) {
  for (const section of sections) section.hidden = section.id !== mode;
}

function head(shift) {
  title.textContent = shift ? `Drawer ${shift.drawer}` : "Till";
  const place = places.get(shift?.locationId);
  const since = shift && `open since ${moment(shift.openedAt, place?.timezone)}`;
  facts.textContent = shift ? [place?.name, since, `float ${money(shift.openingFloat, shift.currency)}`].filter(Boolean).join(" · ") : "No drawer is open.";
}

async function choose() {
  drawer.end();
  head(null);
  show("opening");
  await opening.begin();
}

function work(shift) {
  head(shift);
  show("drawer");
  drawer.begin(shift, places.get(shift.locationId)?.timezone);
  document.getElementById("count-open").focus();
}

function count() {
  show("counting");
  counting.begin(drawer.shift.currency);
}

function tell(shift) {
  drawer.end();
  head(null);
  title.textContent = shift.status === "handed_over" ? `Drawer ${shift.drawer} waits for who takes it over` : `Drawer ${shift.drawer} is closed`;
  const place = places.get(shift.locationId);
  facts.textContent = [place?.name, `${moment(shift.openedAt, place?.timezone)} – ${moment(shift.closedAt, place?.timezone)}`].filter(Boolean).join(" · ");
  showSums(document.getElementById("result-sums"), shift);
  showCauses(document.getElementById("result-causes"), shift);
  document.getElementById("result-print").href = `/api/v1/billing/shifts/${shift.id}.pdf`;
  say("idle", "");
  show("result");
  document.getElementById("result-print").focus();
}

opening.addEventListener("opened", ({ detail }) => work(detail));
counting.addEventListener("left", () => work(drawer.shift));
counting.addEventListener("counted", async ({ detail }) => {
  try {
    tell(await perform(act(`billing/shifts/${drawer.shift.id}/close`, detail)));
  } catch (error) {
    sayRefused(error);
  }
});
document.getElementById("count-open").addEventListener("click", count);
document.getElementById("result-again").addEventListener("click", () => choose().catch(sayRefused));
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyC" && drawer.shift && document.getElementById("counting").hidden) {
    event.preventDefault();
    count();
  }
});

try {
  const [{ items: locations }, { items: open }] = await Promise.all([
    get("parking/locations", { pageSize: 200 }),
    get("billing/shifts", { mine: true, status: "open" }),
  ]);
  places = new Map(locations.map((one) => [one.id, one]));
  opening.know(locations);
  if (open.length) work(await get(`billing/shifts/${open[0].id}`));
  else await choose();
} catch (error) {
  sayRefused(error);
}
