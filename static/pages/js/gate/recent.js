// The last ten acts at this desk. Kept in the tab: a reload keeps them, closing the tab forgets them.

import { clock } from "../format.js";
import { recall, remember, thisTab } from "../memory.js";

const KEEP = 10;
const list = document.getElementById("recent");
const empty = document.getElementById("recent-empty");
const template = document.getElementById("recent-template");

export class Recent {
  #deeds = JSON.parse(recall("gate.recent", thisTab) ?? "[]");

  constructor() {
    this.#draw();
  }

  /** `kind` is in, out, stop, or gate for a barrier that was opened by hand; `at` an instant; `zone` its location's IANA zone. */
  add(deed) {
    this.#deeds = [deed, ...this.#deeds].slice(0, KEEP);
    remember("gate.recent", JSON.stringify(this.#deeds), thisTab);
    this.#draw();
  }

  /** The vehicle type that came in most of late, to begin the next entry with. */
  get usualType() {
    const seen = new Map();
    for (const { kind, vehicleType } of this.#deeds) {
      if (kind === "in") seen.set(vehicleType, (seen.get(vehicleType) ?? 0) + 1);
    }
    return [...seen].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
  }

  #draw() {
    empty.hidden = this.#deeds.length > 0;
    list.replaceChildren(...this.#deeds.map(row));
  }
}

function row({ kind, plate, at, zone, more }) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.dataset.kind = kind;
  element.querySelector("use").setAttribute("href", `#sign-${kind}`);
  element.querySelector(".plate").textContent = plate;
  const time = element.querySelector("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = clock(at, zone);
  element.querySelector(".deed-more").textContent = more;
  return element;
}
