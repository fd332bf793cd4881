// A number that counts gently to its new value instead of jumping. When values come faster than it counts, it shows them at
// once: a figure must never lag behind what is known.

import { count } from "./format.js";

const TAKES_MS = 420;
const running = new WeakMap();
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Show a whole number in an element; `write` makes the text of a value. */
export function setFigure(element, value, write = count) {
  const known = running.get(element);
  if (known?.to === value) return;
  const from = known?.shown;
  const counting = known && known.shown !== known.to;
  if (from === undefined || counting || still.matches || document.hidden) {
    running.set(element, { to: value, shown: value });
    element.textContent = write(value);
    return;
  }
  const step = { from, to: value, shown: from, began: performance.now(), write };
  running.set(element, step);
  requestAnimationFrame(() => advance(element, step));
}

function advance(element, step) {
  if (running.get(element) !== step) return;
  const done = Math.min(1, (performance.now() - step.began) / TAKES_MS);
  const eased = 1 - (1 - done) ** 3;
  step.shown = Math.round(step.from + (step.to - step.from) * eased);
  element.textContent = step.write(step.shown);
  if (done < 1) requestAnimationFrame(() => advance(element, step));
}
