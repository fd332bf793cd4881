// Differences over time: a bar for each counted shift, up for too much, down for what is missing.

import { fromMinor, money, moment, toMinor } from "../format.js";
import { difference } from "./amounts.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 120;
const MIDDLE = HEIGHT / 2;
const STEP = 14;
const MOST = 60;
const chart = document.getElementById("chart");
const words = document.getElementById("chart-sum");

export function showChart(shifts, currency, zone) {
  const counted = shifts.filter((one) => one.difference !== null && one.currency === currency);
  const all = counted.reduce((sum, one) => sum + toMinor(one.difference, currency), 0);
  const short = counted.filter((one) => one.difference < 0).length;
  words.textContent = counted.length
    ? `${counted.length} counted, ${short} short, ${difference(fromMinor(all, currency), currency)} in all`
    : "nothing counted yet";
  chart.replaceChildren(draw(counted.slice(0, MOST).reverse(), currency, zone));
}

function draw(shifts, currency, zone) {
  const width = Math.max(shifts.length, 12) * STEP;
  const picture = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "xMinYMid meet", "aria-hidden": "true" });
  const largest = Math.max(1, ...shifts.map((one) => Math.abs(toMinor(one.difference, currency))));
  shifts.forEach((shift, i) => {
    const minor = toMinor(shift.difference, currency);
    const height = Math.max(2, (Math.abs(minor) / largest) * (MIDDLE - 6));
    const bar = element("rect", {
      x: i * STEP + 3,
      y: minor > 0 ? MIDDLE - height : minor < 0 ? MIDDLE : MIDDLE - 1,
      width: STEP - 6,
      height: minor ? height : 2,
      rx: 1.5,
      class: minor < 0 ? "bar-short" : minor > 0 ? "bar-over" : "bar-even",
    });
    const title = element("title", {});
    title.textContent = `${shift.cashierName}, ${moment(shift.openedAt, zone)}: ${minor ? difference(shift.difference, currency) : money(0, currency)}`;
    bar.append(title);
    picture.append(bar);
  });
  picture.append(element("line", { x1: 0, x2: width, y1: MIDDLE, y2: MIDDLE, class: "axis" }));
  return picture;
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
