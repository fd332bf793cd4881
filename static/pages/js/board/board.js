// The live board: what the feed tells becomes cards, totals and a ticker.

import { setFigure } from "../figure.js";
import { clock, count, share } from "../format.js";
import { LiveFeed, showState } from "../live.js";
import { recall, remember } from "../memory.js";
import { level, Occupancy } from "../occupancy.js";
import { Card } from "./card.js";
import { Ticker } from "./ticker.js";

const at = (id) => document.getElementById(id);
const board = document.querySelector(".board");
const list = at("locations");
const { timezone, signIn } = document.body.dataset;

const occupancy = new Occupancy();
const cards = new Map();
const dirty = new Set();
const ticker = new Ticker(at("ticker"), at("ticker-empty"));
const feed = new LiveFeed("/ws/occupancy/");
let drawing = false;

function place(location) {
  const card = new Card(location.name, location.timezone);
  cards.set(location.locationId, card);
  list.append(card.element);
  return card;
}

// Many changes in one moment are drawn once.
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const id of dirty) {
      const location = occupancy.find(id);
      if (location) (cards.get(id) ?? place(location)).show(location);
    }
    dirty.clear();
    drawTotals();
  });
}

function drawTotals() {
  const { total, occupied, available, overstays } = occupancy.totals();
  setFigure(at("total-available"), Math.max(0, available));
  setFigure(at("total-occupied"), occupied);
  setFigure(at("total-overstays"), overstays);
  at("total-total").textContent = `of ${count(total)}`;
  at("total-rate").textContent = share(occupied, total);
  at("total-bar").style.transform = `translateX(${(total ? Math.min(1, occupied / total) - 1 : -1) * 100}%)`;
  at("total-bar").closest(".total").dataset.level = level({ occupied, total }).level;
  at("total-over").dataset.level = overstays ? "over" : "none";
  at("total-overstays-say").textContent = overstays ? "past their time" : "all in time";
}

function takeSnapshot(snapshot) {
  occupancy.replace(snapshot);
  const told = new Set(snapshot.locations.map(({ locationId }) => locationId));
  for (const [id, card] of cards) {
    if (told.has(id)) continue;
    card.element.remove();
    cards.delete(id);
  }
  for (const id of told) dirty.add(id);
  at("locations-count").textContent = count(told.size);
  at("no-locations").hidden = told.size > 0;
  list.setAttribute("aria-busy", "false");
  draw();
}

feed.addEventListener("message", ({ detail: message }) => {
  if (message.type === "snapshot") takeSnapshot(message);
  if (message.type === "occupancy") {
    const changed = occupancy.apply(message);
    if (changed === undefined) feed.refresh();
    if (!changed) return;
    dirty.add(message.locationId);
    draw();
  }
  if (message.type === "movement") {
    const where = occupancy.find(message.locationId);
    ticker.add(message, where?.name ?? "", where?.timezone ?? timezone);
  }
});

let lastLive = null;
feed.addEventListener("state", ({ detail: { state } }) => {
  const lost = state === "offline" || state === "signed-out";
  if (state === "live") lastLive = null;
  else lastLive ??= Date.now();
  board.toggleAttribute("data-stale", lost);
  at("stale").hidden = !lost;
  if (state === "offline") {
    const again = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Try now" });
    again.addEventListener("click", () => feed.retryNow());
    at("stale").replaceChildren(`No connection since ${clock(lastLive, timezone)}. The figures shown are of that moment. `, again);
  }
  if (state === "signed-out") {
    const link = Object.assign(document.createElement("a"), { href: signIn, textContent: "Sign in again" });
    at("stale").replaceChildren("Your session has ended. ", link, " to see the yard live.");
  }
});

for (const button of document.querySelectorAll(".switch button")) {
  button.addEventListener("click", () => setLayout(button.dataset.layout));
}
function setLayout(layout) {
  board.dataset.layout = layout;
  for (const button of document.querySelectorAll(".switch button")) {
    button.setAttribute("aria-pressed", String(button.dataset.layout === layout));
  }
  remember("board.layout", layout);
}
if (recall("board.layout") === "rows") setLayout("rows");

setInterval(() => {
  if (document.hidden) return;
  const now = Date.now();
  for (const card of cards.values()) card.tick(now);
}, 5000);

takeSnapshot(JSON.parse(at("snapshot").textContent));
showState(feed, at("feed"));
feed.start();
