// The last minutes of each location, as far as this page has seen them.

const KEEP_MS = 15 * 60_000;
const POINTS = 240;
const WIDTH = 120;
const HEIGHT = 36;

export class Trend {
  #points = [];

  /** Remember how many vehicles were in at an instant (milliseconds since 1970). */
  add(at, occupied) {
    const points = this.#points;
    if (points.length && points.at(-1).occupied === occupied) return;
    points.push({ at, occupied });
    if (points.length > POINTS) points.splice(0, points.length - POINTS);
  }

  /** Draw up to `now`; the span covers what was seen, at least one minute and at most fifteen. */
  draw(svg, now, total) {
    const points = this.#points;
    if (!points.length) return;
    const start = Math.max(now - KEEP_MS, Math.min(points[0].at, now - 60_000));
    while (points.length > 1 && points[1].at <= start) points.shift();
    const levels = points.map(({ occupied }) => occupied);
    const spread = Math.max(4, total * 0.04, Math.max(...levels) - Math.min(...levels));
    const middle = (Math.max(...levels) + Math.min(...levels)) / 2;
    const x = (at) => (((Math.max(at, start) - start) / (now - start)) * WIDTH).toFixed(1);
    const y = (occupied) => (HEIGHT / 2 - ((occupied - middle) / spread) * (HEIGHT - 6)).toFixed(1);
    const steps = points.map(({ at, occupied }, i) => (i ? `H${x(at)}V${y(occupied)}` : `M0 ${y(occupied)}`));
    const line = `${steps.join("")}H${WIDTH}`;
    svg.querySelector(".spark-line").setAttribute("d", line);
    svg.querySelector(".spark-area").setAttribute("d", `${line}V${HEIGHT}H0Z`);
  }
}
