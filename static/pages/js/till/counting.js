// The count: pieces of each note and coin, or one sum. What is expected is known to the server alone.

import { fromMinor, money, toMinor } from "../format.js";
import { typed } from "../shifts/amounts.js";
import { say } from "../shifts/word.js";
import { DENOMINATIONS } from "./denominations.js";

const form = document.getElementById("count-form");
const pieces = document.getElementById("pieces");
const template = document.getElementById("piece-template");
const sum = document.getElementById("count-sum");
const total = document.getElementById("counted");
const sure = document.getElementById("count-sure");
const WHOLE = /^\d{1,6}$/;

export class Counting extends EventTarget {
  #currency;
  #deed = "close";

  constructor() {
    super();
    form.addEventListener("input", () => this.#show());
    form.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask(event.submitter?.value ?? "close");
    });
    document.getElementById("count-back").addEventListener("click", () => this.dispatchEvent(new Event("left")));
    document.getElementById("count-no").addEventListener("click", () => sure.close());
    document.getElementById("count-yes").addEventListener("click", () => {
      sure.close();
      this.dispatchEvent(new CustomEvent("counted", { detail: { ...this.#count(), handOver: this.#deed === "hand_over" } }));
    });
    sure.addEventListener("close", () => this.#fields()[0].focus());
  }

  begin(currency) {
    this.#currency = currency;
    const values = DENOMINATIONS[currency] ?? [];
    pieces.replaceChildren(...values.map((value) => this.#piece(value)));
    pieces.hidden = !values.length;
    document.getElementById("count-sum-field").hidden = values.length > 0;
    sum.value = "";
    this.#show();
    this.#fields()[0].focus();
  }

  #piece(value) {
    const row = template.content.firstElementChild.cloneNode(true);
    const input = row.querySelector("input");
    input.id = `piece-${toMinor(value, this.#currency)}`;
    input.dataset.value = value;
    const label = row.querySelector("label");
    label.htmlFor = input.id;
    label.textContent = money(value, this.#currency);
    return row;
  }

  #fields() {
    const inputs = [...pieces.querySelectorAll("input")];
    return inputs.length ? inputs : [sum];
  }

  /** What is to be sent, or null where something is no number. */
  #count() {
    const inputs = [...pieces.querySelectorAll("input")];
    if (!inputs.length) {
      const counted = typed(sum, this.#currency);
      return counted === null ? null : { counted };
    }
    const wrong = inputs.filter((input) => input.value.trim() && !WHOLE.test(input.value.trim()));
    inputs.forEach((input) => input.setAttribute("aria-invalid", String(wrong.includes(input))));
    if (wrong.length) return null;
    const counted = inputs.map((input) => ({ value: Number(input.dataset.value), pieces: Number(input.value.trim() || 0) }));
    return { denominations: counted.filter((one) => one.pieces > 0) };
  }

  #sum(count) {
    if (count === null) return null;
    if ("counted" in count) return count.counted;
    const minor = count.denominations.reduce((all, one) => all + toMinor(one.value, this.#currency) * one.pieces, 0);
    return fromMinor(minor, this.#currency);
  }

  #show() {
    for (const row of pieces.children) {
      const input = row.querySelector("input");
      const number = WHOLE.test(input.value.trim()) ? Number(input.value) : 0;
      const minor = toMinor(input.dataset.value, this.#currency) * number;
      row.querySelector("output").textContent = number ? money(fromMinor(minor, this.#currency), this.#currency) : "";
    }
    const counted = sum.value.trim() || pieces.children.length ? this.#sum(this.#count()) : null;
    total.textContent = counted === null ? "–" : money(counted, this.#currency);
  }

  #ask(deed) {
    const counted = this.#sum(this.#count());
    if (counted === null) return say("bad", "Write how many pieces there are, as a whole number.");
    this.#deed = deed;
    document.getElementById("count-sure-title").textContent = `${money(counted, this.#currency)} lie in the drawer?`;
    document.getElementById("count-sure-words").textContent =
      deed === "hand_over"
        ? "The drawer waits then for who takes it over with this sum. A count can’t be changed afterwards."
        : "The shift is closed then. A count can’t be changed afterwards, only counted again by a manager.";
    sure.showModal();
    document.getElementById("count-yes").focus();
  }

  #key(event) {
    if (sure.open) return;
    if (event.key === "Escape") return void this.dispatchEvent(new Event("left"));
    const inputs = this.#fields();
    const here = inputs.indexOf(event.target);
    const by = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    if (here < 0 || !by) return;
    if (event.key === "Enter" && here === inputs.length - 1) return; // the form is sent: close
    event.preventDefault();
    const next = inputs[Math.min(Math.max(here + by, 0), inputs.length - 1)];
    next.focus();
    next.select();
  }
}
