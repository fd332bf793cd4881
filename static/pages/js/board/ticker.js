// The newest movements, newest first.

import { clock, spoken } from "../format.js";
import { parts } from "./card.js";

const KEEP = 40;
const SIGNS = { entered: "in", exited: "out", overstay: "clock" };
const SAID = { entered: "Entered", exited: "Left", overstay: "Overstays" };

const template = document.getElementById("movement-template");

export class Ticker {
  #waiting = [];

  constructor(list, empty) {
    this.list = list;
    this.empty = empty;
  }

  /** `where` is the location's name, `zone` its IANA zone. */
  add(movement, where, zone) {
    this.#waiting.push({ movement, where, zone });
    if (this.#waiting.length > 2 * KEEP) this.#waiting.splice(0, KEEP); // a page in the background draws nothing
    if (this.#waiting.length > 1) return;
    requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    const newest = this.#waiting.splice(0).slice(-KEEP).reverse();
    this.list.prepend(...newest.map(row));
    while (this.list.childElementCount > KEEP) this.list.lastElementChild.remove();
    this.empty.hidden = true;
  }
}

function row({ movement, where, zone }) {
  const { kind, vehicleNumber, vehicleType, at } = movement;
  const element = template.content.firstElementChild.cloneNode(true);
  const part = parts(element);
  element.dataset.kind = kind;
  element.querySelector("use").setAttribute("href", `#sign-${SIGNS[kind] ?? "place"}`);
  part.said.textContent = SAID[kind] ?? kind;
  part.plate.textContent = vehicleNumber;
  part.time.textContent = clock(at, zone);
  part.time.dateTime = at;
  part.kind.textContent = kind === "overstay" ? "Overstays" : spoken(vehicleType ?? "");
  part.where.textContent = where;
  return element;
}
