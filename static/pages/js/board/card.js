// One location on the board.

import { setFigure } from "../figure.js";
import { ago, clock, count, share, spoken } from "../format.js";
import { level } from "../occupancy.js";
import { Trend } from "./trend.js";

const cardTemplate = document.getElementById("location-template");
const typeTemplate = document.getElementById("type-template");

/** The parts of a cloned template by their data-is name. */
export function parts(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-is]")].map((part) => [part.dataset.is, part]));
}

export class Card {
  #types = new Map();
  #trend = new Trend();
  #location = null;

  constructor(name, zone) {
    this.element = cardTemplate.content.firstElementChild.cloneNode(true);
    this.parts = parts(this.element);
    this.spark = this.element.querySelector(".spark");
    this.fill = this.element.querySelector(".use-fill");
    this.zone = zone;
    this.parts.name.textContent = name;
    this.parts.name.title = name;
  }

  show(location) {
    const moved = this.#location && this.#location.occupied !== location.occupied;
    this.#location = { ...location };
    const { occupied, total, overstays = 0, name } = location;
    const { parts: part, element } = this;
    const now = level(location);
    element.dataset.level = now.level;
    part.name.textContent = name;
    part.level.textContent = now.word;
    setFigure(part.available, Math.max(0, location.available));
    setFigure(part.occupied, occupied);
    setFigure(part.total, total);
    part.rate.textContent = share(occupied, total);
    part.bar.setAttribute("aria-label", `${share(occupied, total)} in use`);
    const used = total > 0 ? Math.min(1, occupied / total) : 0;
    this.fill.style.transform = `translateX(${((used - 1) * 100).toFixed(2)}%)`;
    part.over.toggleAttribute("data-none", !overstays);
    part.overstays.textContent = overstays ? `${count(overstays)} ${overstays === 1 ? "overstay" : "overstays"}` : "No overstays";
    this.#showTypes(location.byVehicleType ?? []);
    this.#trend.add(Date.now(), occupied);
    if (moved) this.#mark();
    this.tick(Date.now());
  }

  /** What changes without news: the age of the last change, and the trend's end. */
  tick(now) {
    if (!this.#location) return;
    const { asOf, total } = this.#location;
    if (asOf) {
      this.parts.changed.dateTime = asOf;
      this.parts.changed.textContent = ago(asOf, now);
      this.parts.changed.title = clock(asOf, this.zone);
    }
    this.#trend.draw(this.spark, now, total);
  }

  #showTypes(types) {
    for (const { vehicleType, occupied, capacity } of types) {
      let row = this.#types.get(vehicleType);
      if (!row) {
        const element = typeTemplate.content.firstElementChild.cloneNode(true);
        row = { element, ...parts(element) };
        row.name.textContent = spoken(vehicleType);
        this.#types.set(vehicleType, row);
        this.parts.types.append(element);
      }
      const of = document.createElement("small");
      of.textContent = capacity == null ? "" : ` / ${count(capacity)}`;
      row.count.replaceChildren(count(occupied), of);
      row.element.toggleAttribute("data-full", capacity != null && occupied >= capacity);
    }
    const told = new Set(types.map(({ vehicleType }) => vehicleType));
    for (const [code, row] of this.#types) {
      if (!told.has(code)) row.count.textContent = "0";
    }
  }

  #mark() {
    delete this.element.dataset.moved;
    void this.element.offsetWidth; // restarts the tint
    this.element.dataset.moved = "";
  }
}
