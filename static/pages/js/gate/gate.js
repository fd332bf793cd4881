// The gate page put together: keys, desk, till, and how much room there is.

import { get } from "../api.js";
import { setFigure } from "../figure.js";
import { count } from "../format.js";
import { LiveFeed, showState } from "../live.js";
import { level, Occupancy } from "../occupancy.js";
import { sayRefused } from "./banner.js";
import { ByHand } from "./by_hand.js";
import { Desk } from "./desk.js";
import { Kinds } from "./kinds.js";
import { listenToKeys } from "./keys.js";
import { Recent } from "./recent.js";
import { Till } from "./till.js";
import { Where } from "./where.js";

const at = (id) => document.getElementById(id);
const kinds = new Kinds();
const where = new Where();
const recent = new Recent();
const till = new Till(document.body.dataset.currency);
const desk = new Desk({ kinds, where, till, recent });
const byHand = new ByHand({ where, recent });
const occupancy = new Occupancy();
const feed = new LiveFeed("/ws/occupancy/");

function showRoom() {
  const here = occupancy.find(where.location?.id);
  if (!here) return;
  setFigure(at("room-free"), Math.max(0, here.available));
  at("room-of").textContent = `of ${count(here.total)}`;
  at("room-free").parentElement.dataset.level = level(here).level;
  kinds.showRoom(here.byVehicleType ?? []);
}

feed.addEventListener("message", ({ detail: message }) => {
  if (message.type === "snapshot") occupancy.replace(message);
  else if (message.type !== "occupancy") return;
  else if (occupancy.apply(message) === undefined) feed.refresh();
  showRoom();
});
where.addEventListener("chosen", showRoom);
at("kinds").addEventListener("change", () => desk.typeTouched());
showState(feed, at("feed"));
listenToKeys({ desk, kinds, where, byHand });
feed.start();

try {
  const [types, locations] = await Promise.all([
    get("parking/vehicle-types", { pageSize: 200 }),
    get("parking/locations", { pageSize: 200 }),
  ]);
  kinds.show(types.items);
  kinds.choose(recent.usualType);
  where.show(locations.items);
  showRoom();
  if (!document.querySelector("dialog[open]")) at("plate").focus();
} catch (error) {
  sayRefused(error);
}
