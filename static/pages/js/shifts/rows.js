// The list of shifts: a row is a button by mouse and by keyboard.

import { moment, money } from "../format.js";
import { difference, verdict } from "./amounts.js";
import { STATUS } from "./sums.js";

const body = document.getElementById("rows");

export class Rows extends EventTarget {
  #places;

  constructor({ places }) {
    super();
    this.#places = places;
  }

  show(shifts, chosen) {
    body.replaceChildren(...shifts.map((shift) => this.#row(shift, shift.id === chosen)));
    document.getElementById("rows-none").hidden = shifts.length > 0;
  }

  #row(shift, chosen) {
    const { currency } = shift;
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = moment(shift.openedAt, this.#places.get(shift.locationId)?.timezone);
    button.setAttribute("aria-pressed", String(chosen));
    head.append(button);
    row.append(head);
    const word = verdict(shift.difference);
    const more = shift.status === "handed_over" ? `${word}, handed over` : word;
    const cells = [
      [shift.cashierName, "cashier", "", `${this.#places.get(shift.locationId)?.name ?? ""}, drawer ${shift.drawer}`],
      [shift.expected === null ? "–" : money(shift.expected, currency), "num wide"],
      [shift.counted === null ? "–" : money(shift.recounted ?? shift.counted, currency), "num wide"],
      [shift.difference === null ? STATUS[shift.status] : difference(shift.difference, currency), "num", word, more],
    ];
    for (const [text, kind, tone = "", note = ""] of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.className = kind;
      if (note) cell.append(" ", small(note));
      if (tone) cell.dataset.tone = tone;
      row.append(cell);
    }
    row.addEventListener("click", () => {
      for (const other of body.querySelectorAll("[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", "true");
      this.dispatchEvent(new CustomEvent("chosen", { detail: shift.id }));
    });
    return row;
  }
}

function small(text) {
  const made = document.createElement("small");
  made.textContent = text;
  return made;
}
