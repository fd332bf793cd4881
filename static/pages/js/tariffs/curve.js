// The chart of a fee over the length of a stay: the tariff that is being written, before the one in force.

import { duration, money } from "../format.js";
import { draw, marks, onWidth } from "./svg.js";

const HEIGHT = 320;
const EDGE = { top: 12, right: 14, bottom: 30, left: 62 };
const HOUR = 3600;

export class CurveChart {
  #element;
  #read;
  #width = 0;
  #hours = 72;
  #now = null;
  #present = null;
  #cursor = null;
  #at = 0;

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

  /** Curves as the API gives them; `present` may be null, and `now` too while it can't be priced. */
  show({ now, present, hours }) {
    this.#now = now;
    this.#present = present;
    if (this.#hours !== hours) this.#at = 0;
    this.#hours = hours;
    this.#draw();
  }

  get #until() {
    return this.#hours * HOUR;
  }

  #x = (seconds) => EDGE.left + (seconds / this.#until) * (this.#width - EDGE.left - EDGE.right);

  #draw() {
    if (!this.#width) return;
    const curves = [this.#present, this.#now].filter(Boolean);
    const amounts = curves.flatMap(({ points }) => points.map(({ amount }) => amount ?? 0));
    const lines = marks(Math.max(0, ...amounts));
    const top = lines.at(-1);
    const y = (amount) => HEIGHT - EDGE.bottom - (amount / top) * (HEIGHT - EDGE.top - EDGE.bottom);
    const svg = draw("svg", { viewBox: `0 0 ${this.#width} ${HEIGHT}`, height: HEIGHT, "aria-hidden": "true" });
    svg.append(...this.#axes(lines, y));
    if (this.#now) svg.append(...this.#gaps(this.#now));
    if (this.#present) svg.append(draw("path", { class: "curve-present", d: this.#path(this.#present, y) }));
    if (this.#now) {
      svg.append(draw("path", { class: "curve-area", d: this.#path(this.#now, y, HEIGHT - EDGE.bottom) }));
      svg.append(draw("path", { class: "curve-now", d: this.#path(this.#now, y) }));
    }
    this.#cursor = draw("g", { class: "chart-cursor" }, draw("line", { y1: EDGE.top, y2: HEIGHT - EDGE.bottom }), draw("circle", { r: 4.5 }));
    this.#cursor.y = y;
    svg.append(this.#cursor);
    this.#element.replaceChildren(svg);
    this.#moveTo(this.#at, { quietly: true });
  }

  #axes(lines, y) {
    const currency = (this.#now ?? this.#present)?.currency ?? document.body.dataset.currency;
    const compact = new Intl.NumberFormat(undefined, { style: "currency", currency, notation: lines.at(-1) >= 10_000 ? "compact" : "standard", maximumFractionDigits: lines.at(-1) < 10 ? undefined : 0 });
    const step = [1, 2, 3, 6, 12, 24, 48].find((hours) => ((this.#width - 80) / this.#hours) * hours >= 52) ?? 72;
    const hours = Array.from({ length: Math.floor(this.#hours / step) + 1 }, (_, place) => place * step);
    return [
      ...lines.flatMap((amount) => [
        draw("line", { class: "chart-line", x1: EDGE.left, x2: this.#width - EDGE.right, y1: y(amount), y2: y(amount) }),
        draw("text", { class: "chart-mark", x: EDGE.left - 8, y: y(amount) + 4, "text-anchor": "end" }, compact.format(amount)),
      ]),
      ...hours.map((hour) => draw("text", { class: "chart-mark", x: this.#x(hour * HOUR), y: HEIGHT - 8, "text-anchor": "middle" }, `${hour} h`)),
    ];
  }

  #path({ points }, y, floor = null) {
    let path = "";
    let last = null;
    for (const { seconds, amount } of points) {
      if (amount === null) {
        if (last !== null && floor !== null) path += `L${this.#x(last)} ${floor}Z`;
        last = null;
        continue;
      }
      const [x, at] = [this.#x(seconds), y(amount)];
      path += last === null ? (floor === null ? `M${x} ${at}` : `M${x} ${floor}L${x} ${at}`) : `L${x} ${at}`;
      last = seconds;
    }
    return last !== null && floor !== null ? `${path}L${this.#x(last)} ${floor}Z` : path;
  }

  #gaps({ points }) {
    return refusals(points).map(({ from, to }) =>
      draw("rect", { class: "curve-gap", x: this.#x(from), width: Math.max(2, this.#x(to) - this.#x(from)), y: EDGE.top, height: HEIGHT - EDGE.top - EDGE.bottom }),
    );
  }

  #point(event) {
    const { left } = this.#element.getBoundingClientRect();
    const share = (event.clientX - left - EDGE.left) / (this.#width - EDGE.left - EDGE.right);
    this.#moveTo(Math.round(Math.min(1, Math.max(0, share)) * this.#until / 60) * 60);
  }

  #key(event) {
    const { key } = event;
    const steps = stepsOf(this.#now ?? this.#present);
    const far = { Home: 0, End: this.#until, PageDown: this.#at - 6 * HOUR, PageUp: this.#at + 6 * HOUR }[key];
    const near = { ArrowRight: steps.find((at) => at > this.#at), ArrowLeft: steps.findLast((at) => at < this.#at) }[key];
    const to = far ?? near;
    if (to === undefined && !["ArrowLeft", "ArrowRight"].includes(key)) return;
    event.preventDefault();
    this.#moveTo(Math.min(this.#until, Math.max(0, to ?? (key === "ArrowLeft" ? 0 : this.#until))));
  }

  #moveTo(seconds, { quietly = false } = {}) {
    this.#at = seconds;
    const found = this.#now && feeAt(this.#now.points, seconds);
    const x = this.#x(seconds);
    const [line, dot] = this.#cursor.children;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    dot.setAttribute("cx", x);
    dot.toggleAttribute("hidden", found?.amount == null);
    if (found?.amount != null) dot.setAttribute("cy", this.#cursor.y(found.amount));
    this.#cursor.toggleAttribute("data-shown", !quietly || seconds > 0);
    this.#read.textContent = this.#words(seconds, found);
  }

  #words(seconds, found) {
    if (!found) return "\u00a0";
    if (!seconds) return "Point at the line, or step along it with the arrow keys.";
    const length = lengthWords(seconds);
    const costs = found.amount === null ? `no price. ${found.detail ?? found.reason}` : money(found.amount, this.#now.currency);
    const before = this.#present && feeAt(this.#present.points, seconds);
    const now = before?.amount == null ? "" : ` (in force: ${money(before.amount, this.#present.currency)})`;
    return `${length}: ${costs}${now}`;
  }
}

/** Minutes are enough for people, but a step is at a second. */
export function lengthWords(seconds) {
  const rest = seconds % 60;
  return rest ? `${duration(seconds / 60)} ${rest} s` : duration(seconds / 60);
}

/** The fee after so many seconds, between the corners of the line. */
export function feeAt(points, seconds) {
  const next = points.findIndex((point) => point.seconds > seconds);
  const begin = points.at(next < 0 ? -1 : Math.max(0, next - 1));
  const end = next < 0 ? begin : points[next];
  if (begin.amount === null || end.amount === null || begin.amount === end.amount || end.seconds - begin.seconds <= 1) return begin;
  const share = (seconds - begin.seconds) / (end.seconds - begin.seconds);
  return { ...begin, amount: begin.amount + (end.amount - begin.amount) * share };
}

/** The seconds at which another fee begins. */
export function stepsOf(curve) {
  const points = curve?.points ?? [];
  return points.filter((point, place) => place && (point.amount !== points[place - 1].amount || point.reason !== points[place - 1].reason)).map(({ seconds }) => seconds);
}

/** Where there is no price: [{from, to, reason, detail}] in seconds. */
export function refusals(points) {
  const found = [];
  points.forEach(({ seconds, amount, reason, detail }, place) => {
    if (amount !== null) return;
    const last = found.at(-1);
    if (last && last.reason === reason && points[place - 1].amount === null) last.to = seconds;
    else found.push({ from: seconds, to: seconds, reason, detail });
  });
  return found;
}
