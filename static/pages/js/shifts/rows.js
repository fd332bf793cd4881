// The list of shifts: a row is a button by mouse and by keyboard.

import { moment, money } from "../format.js";
import { difference, verdict } from "./amounts.js";
import { STATUS } from "./sums.js";

const body = document.getElementById("rows");

export class Rows extends EventTarget {
  #zone;
  #names;

  constructor({ timezone, names }) {
    super();
    this.#zone = timezone;
    this.#names = names;
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
    button.textContent = moment(shift.openedAt, this.#zone);
    button.setAttribute("aria-pressed", String(chosen));
    head.append(button);
    row.append(head);
    const word = verdict(shift.difference);
    const cells = [
      [shift.cashierName],
      [`${this.#names.get(shift.locationId) ?? ""}, ${shift.drawer}`],
      [STATUS[shift.status]],
      [shift.expected === null ? "–" : money(shift.expected, currency), "num"],
      [shift.counted === null ? "–" : money(shift.recounted ?? shift.counted, currency), "num"],
      [shift.difference === null ? "–" : `${difference(shift.difference, currency)} ${word}`, "num", word],
    ];
    for (const [text, kind = "", tone = ""] of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.className = kind;
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
