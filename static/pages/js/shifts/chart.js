// Differences over time: a bar for each counted shift, up for too much, down for what is missing.

import { fromMinor, money, moment, toMinor } from "../format.js";
import { difference } from "./amounts.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 136;
const MIDDLE = HEIGHT / 2;
const REACH = MIDDLE - 22; // how far the longest bar goes, its figure beyond it
const WIDEST = 28;
const ROOM_FOR_WORDS = 84;
const MOST = 60;
const chart = document.getElementById("chart");
const none = document.getElementById("chart-none");
const words = document.getElementById("chart-sum");
let drawn = () => {};

new ResizeObserver(() => drawn()).observe(chart);

export function showChart(shifts, currency, places) {
  const counted = shifts.filter((one) => one.difference !== null && one.currency === currency);
  const all = counted.reduce((sum, one) => sum + toMinor(one.difference, currency), 0);
  const short = counted.filter((one) => one.difference < 0).length;
  chart.hidden = !counted.length;
  none.hidden = counted.length > 0;
  words.textContent = counted.length ? `${counted.length} counted, ${short} short, ${difference(fromMinor(all, currency), currency)} in all` : "";
  drawn = () => chart.replaceChildren(draw(counted.slice(0, MOST).reverse(), currency, places));
  drawn();
}

function draw(shifts, currency, places) {
  const style = getComputedStyle(chart);
  const width = Math.max(1, chart.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
  const step = width / Math.max(1, shifts.length);
  const picture = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
  const largest = Math.max(1, ...shifts.map((one) => Math.abs(toMinor(one.difference, currency))));
  shifts.forEach((shift, i) => {
    const minor = toMinor(shift.difference, currency);
    const height = Math.max(2, (Math.abs(minor) / largest) * REACH);
    const middle = (i + 0.5) * step;
    const bar = element("rect", {
      x: middle - Math.min(WIDEST, step * 0.7) / 2,
      y: minor > 0 ? MIDDLE - height : minor < 0 ? MIDDLE : MIDDLE - 1,
      width: Math.min(WIDEST, step * 0.7),
      height: minor ? height : 2,
      rx: 1.5,
      class: minor < 0 ? "bar-short" : minor > 0 ? "bar-over" : "bar-even",
    });
    const told = minor ? difference(shift.difference, currency) : money(0, currency);
    bar.append(text("title", {}, `${shift.cashierName}, ${moment(shift.openedAt, places.get(shift.locationId)?.timezone)}: ${told}`));
    picture.append(bar);
    if (minor && step >= ROOM_FOR_WORDS) {
      const y = minor > 0 ? MIDDLE - height - 6 : MIDDLE + height + 15;
      picture.append(text("text", { x: middle, y, "text-anchor": "middle" }, told));
    }
  });
  picture.append(element("line", { x1: 0, x2: width, y1: MIDDLE, y2: MIDDLE, class: "axis" }));
  return picture;
}

function text(name, attributes, content) {
  const made = element(name, attributes);
  made.textContent = content;
  return made;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
