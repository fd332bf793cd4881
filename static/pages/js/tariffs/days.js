// The chart of revenue by day: bars of what was charged then, a line of what this tariff would have brought.

import { count, money } from "../format.js";
import { draw, marks, onWidth } from "./svg.js";

const HEIGHT = 260;
const EDGE = { top: 12, right: 10, bottom: 28, left: 66 };

export class DayChart {
  #element;
  #read;
  #days = [];
  #currency = "";
  #width = 0;
  #place = -1;

  constructor(element, read) {
    this.#element = element;
    this.#read = read;
    onWidth(element, (width) => {
      this.#width = width;
      this.#draw();
    });
    element.addEventListener("pointermove", (event) => this.#point(event));
    element.addEventListener("pointerdown", (event) => this.#point(event));
    element.addEventListener("keydown", (event) => this.#key(event));
  }

  show(days, currency) {
    [this.#days, this.#currency, this.#place] = [days, currency, -1];
    this.#read.textContent = days.length ? "Point at a day, or use the arrow keys." : "No day had such stays.";
    this.#draw();
  }

  get #slot() {
    return (this.#width - EDGE.left - EDGE.right) / Math.max(1, this.#days.length);
  }

  #middle = (place) => EDGE.left + (place + 0.5) * this.#slot;

  #draw() {
    if (!this.#width) return;
    const lines = marks(Math.max(0, ...this.#days.flatMap(({ before, after }) => [before, after])));
    const y = (amount) => HEIGHT - EDGE.bottom - (amount / lines.at(-1)) * (HEIGHT - EDGE.top - EDGE.bottom);
    const svg = draw("svg", { viewBox: `0 0 ${this.#width} ${HEIGHT}`, height: HEIGHT, "aria-hidden": "true" });
    svg.append(...this.#axes(lines, y));
    const bar = Math.min(28, Math.max(1, this.#slot * 0.62));
    for (const [place, { before }] of this.#days.entries()) {
      svg.append(draw("rect", { class: "day-before", "data-place": place, x: this.#middle(place) - bar / 2, width: bar, y: y(before), height: HEIGHT - EDGE.bottom - y(before), rx: Math.min(2, bar / 3) }));
    }
    svg.append(draw("path", { class: "day-after", d: this.#days.map(({ after }, place) => `${place ? "L" : "M"}${this.#middle(place)} ${y(after)}`).join("") }));
    if (this.#slot > 9) svg.append(...this.#days.map(({ after }, place) => draw("circle", { class: "day-dot", cx: this.#middle(place), cy: y(after), r: 3 })));
    this.#element.replaceChildren(svg);
  }

  #axes(lines, y) {
    const compact = new Intl.NumberFormat(undefined, { style: "currency", currency: this.#currency || "EUR", notation: lines.at(-1) >= 10_000 ? "compact" : "standard", maximumFractionDigits: 0 });
    const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
    const every = Math.max(1, Math.ceil(64 / this.#slot));
    return [
      ...lines.flatMap((amount) => [
        draw("line", { class: "chart-line", x1: EDGE.left, x2: this.#width - EDGE.right, y1: y(amount), y2: y(amount) }),
        draw("text", { class: "chart-mark", x: EDGE.left - 8, y: y(amount) + 4, "text-anchor": "end" }, compact.format(amount)),
      ]),
      ...this.#days.flatMap(({ date: day }, place) =>
        place % every ? [] : [draw("text", { class: "chart-mark", x: this.#middle(place), y: HEIGHT - 8, "text-anchor": "middle" }, date.format(Date.parse(day)))],
      ),
    ];
  }

  #point({ clientX }) {
    const { left } = this.#element.getBoundingClientRect();
    this.#moveTo(Math.floor((clientX - left - EDGE.left) / this.#slot));
  }

  #key(event) {
    const last = this.#days.length - 1;
    const to = { ArrowRight: this.#place + 1, ArrowLeft: this.#place - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#moveTo(to);
  }

  #moveTo(place) {
    if (!this.#days.length) return;
    this.#place = Math.min(this.#days.length - 1, Math.max(0, place));
    for (const bar of this.#element.querySelectorAll(".day-before")) bar.toggleAttribute("data-on", Number(bar.dataset.place) === this.#place);
    const { date, stays, before, after, change } = this.#days[this.#place];
    const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeZone: "UTC" }).format(Date.parse(date));
    const signed = new Intl.NumberFormat(undefined, { style: "currency", currency: this.#currency, signDisplay: "exceptZero" });
    this.#read.textContent = `${day}: ${count(stays)} stays, ${money(before, this.#currency)} then, ${money(after, this.#currency)} by this tariff (${signed.format(change)})`;
  }
}
