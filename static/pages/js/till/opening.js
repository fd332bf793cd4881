// No shift is open: a drawer with a float, or one that was handed over.

import { act, get, perform } from "../api.js";
import { moment, money } from "../format.js";
import { recall, remember } from "../memory.js";
import { said, typed } from "../shifts/amounts.js";
import { say, sayRefused } from "../shifts/word.js";

const form = document.getElementById("open-form");
const place = document.getElementById("open-location");
const drawer = document.getElementById("open-drawer");
const float = document.getElementById("open-float");
const list = document.getElementById("waiting");

export class Opening extends EventTarget {
  #locations = new Map();
  #currency;

  constructor({ currency }) {
    super();
    this.#currency = currency;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#open();
    });
  }

  /** Locations by id, for the choice and for the names of what waits. */
  know(locations) {
    this.#locations = new Map(locations.map((one) => [one.id, one]));
    place.replaceChildren(...locations.map(({ id, name }) => new Option(name, id)));
    const known = recall("till.location") ?? recall("gate.location");
    if (this.#locations.has(known)) place.value = known;
    drawer.value = recall("till.drawer") ?? drawer.value;
  }

  async begin() {
    float.value = "";
    float.focus();
    const { items } = await get("billing/shifts/waiting");
    list.replaceChildren(...items.map((one) => this.#row(one)));
    document.getElementById("waiting-none").hidden = items.length > 0;
  }

  #row({ shiftId, locationId, drawer: name, cashierName, counted, currency, closedAt }) {
    const row = document.createElement("li");
    const words = document.createElement("span");
    const where = this.#locations.get(locationId);
    words.textContent = `${where?.name ?? ""}, drawer ${name}: ${money(counted, currency)}`;
    const more = document.createElement("small");
    more.textContent = `${cashierName}, ${moment(closedAt, where?.timezone)}`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Take over";
    button.setAttribute("aria-label", `Take over drawer ${name} with ${money(counted, currency)}`);
    button.addEventListener("click", () => this.#send({ fromShiftId: shiftId }));
    words.append(more);
    row.append(words, button);
    return row;
  }

  #open() {
    const openingFloat = typed(float, this.#currency);
    const name = said(drawer);
    if (openingFloat === null) return say("bad", "Write what lies in the drawer; 0 for nothing.");
    if (name === null) return say("bad", "Give the drawer its name or number.");
    remember("till.location", place.value);
    remember("till.drawer", name);
    this.#send({ locationId: place.value, drawer: name, openingFloat });
  }

  async #send(body) {
    try {
      const shift = await perform(act("billing/shifts", body));
      say("good", `Your drawer is open with a float of ${money(shift.openingFloat, shift.currency)}.`);
      this.dispatchEvent(new CustomEvent("opened", { detail: shift }));
    } catch (error) {
      sayRefused(error);
    }
  }
}
