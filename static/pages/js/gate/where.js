// At which location this gate stands: asked once, then remembered by the device.

import { count } from "../format.js";
import { recall, remember } from "../memory.js";

const dialog = document.getElementById("where");
const list = document.getElementById("where-list");
const template = document.getElementById("where-template");
const name = document.getElementById("here-name");

export class Where extends EventTarget {
  #locations = [];
  location = null;

  constructor() {
    super();
    document.getElementById("here").addEventListener("click", () => this.ask());
    dialog.addEventListener("keydown", (event) => this.#key(event));
    // Without a location nothing can be recorded, so the question can't be dismissed.
    dialog.addEventListener("cancel", (event) => this.location || event.preventDefault());
  }

  show(locations) {
    this.#locations = locations;
    const known = locations.find(({ id }) => id === recall("gate.location"));
    if (known) this.#take(known);
    else if (locations.length === 1) this.#take(locations[0]);
    else if (locations.length) this.ask();
  }

  find(locationId) {
    return this.#locations.find(({ id }) => id === locationId);
  }

  ask() {
    if (dialog.open || !this.#locations.length) return;
    list.replaceChildren(...this.#locations.map((location, i) => this.#button(location, i)));
    dialog.showModal();
    (list.querySelector("[aria-pressed=true]") ?? list.firstElementChild).focus();
  }

  #button(location, i) {
    const button = template.content.firstElementChild.cloneNode(true);
    button.querySelector("kbd").textContent = i < 9 ? i + 1 : "";
    button.querySelector("kbd").hidden = i >= 9;
    button.querySelector(".where-name").textContent = location.name;
    button.querySelector(".where-room").textContent = `${count(location.capacity)} places`;
    button.setAttribute("aria-pressed", String(location.id === this.location?.id));
    button.addEventListener("click", () => this.#take(location));
    return button;
  }

  #key(event) {
    const buttons = [...list.children];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      const next = (buttons.indexOf(document.activeElement) + by + buttons.length) % buttons.length;
      buttons[next].focus();
      event.preventDefault();
    } else if (/^[1-9]$/.test(event.key)) {
      buttons[event.key - 1]?.click();
      event.preventDefault();
    }
  }

  #take(location) {
    this.location = location;
    remember("gate.location", location.id);
    name.textContent = location.name;
    dialog.close();
    this.dispatchEvent(new Event("chosen"));
  }
}
