// Vehicle types as a row of keys.

import { count, spoken } from "../format.js";

const USUAL = "car";
const box = document.getElementById("kinds");
const template = document.getElementById("kind-template");

export class Kinds {
  #kinds = new Map();
  #names = new Map();

  show(types) {
    this.#kinds.clear();
    types.forEach(({ code, name }, i) => {
      const element = template.content.firstElementChild.cloneNode(true);
      const input = element.querySelector("input");
      input.value = code;
      element.querySelector(".kind-name").textContent = name;
      const key = element.querySelector("kbd");
      key.textContent = i < 9 ? i + 1 : "";
      key.hidden = i >= 9;
      this.#names.set(code, name);
      this.#kinds.set(code, { element, input, room: element.querySelector(".kind-room") });
    });
    box.replaceChildren(...[...this.#kinds.values()].map(({ element }) => element));
  }

  get codes() {
    return [...this.#kinds.keys()];
  }

  get chosen() {
    return box.querySelector("input:checked")?.value ?? "";
  }

  get focused() {
    return box.contains(document.activeElement);
  }

  name(code) {
    return this.#names.get(code) ?? spoken(code);
  }

  choose(code) {
    const kind = this.#kinds.get(code) ?? this.#kinds.get(USUAL) ?? this.#kinds.values().next().value;
    if (!kind) return;
    kind.input.checked = true;
    if (this.focused) kind.input.focus();
  }

  /** The one with this number on its key, from 1. */
  chooseNumber(number) {
    const code = this.codes[number - 1];
    if (code) this.choose(code);
    return Boolean(code);
  }

  step(by) {
    const { codes } = this;
    if (codes.length) this.choose(codes[(codes.indexOf(this.chosen) + by + codes.length) % codes.length]);
  }

  /** Where places are counted by type, say how many are left. */
  showRoom(byVehicleType) {
    const told = new Map(byVehicleType.map((type) => [type.vehicleType, type]));
    for (const [code, { element, room }] of this.#kinds) {
      const { occupied = 0, capacity = null } = told.get(code) ?? {};
      const left = capacity === null ? null : Math.max(0, capacity - occupied);
      room.textContent = left === null ? "" : left ? `${count(left)} free` : "full";
      element.toggleAttribute("data-full", left === 0);
    }
  }
}
