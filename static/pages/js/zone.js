// Local days and times of an IANA zone, as inputs of a form hold them, and the instants that they mean.

const writers = new Map();

function writer(zone) {
  if (!writers.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    writers.set(zone, new Intl.DateTimeFormat("en-CA", { ...parts, hourCycle: "h23", timeZone: zone }));
  }
  return writers.get(zone);
}

/** What the zone's clock shows: "2026-03-01T09:30". */
export function localTime(instant, zone) {
  const part = Object.fromEntries(writer(zone).formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** When the zone's clock shows "2026-03-01T09:30", as RFC 3339: the first time of two, an hour later where it is skipped; null for no time. */
export function instantOf(local, zone) {
  const shown = Date.parse(`${local}Z`);
  if (Number.isNaN(shown)) return null;
  const offset = (at) => Date.parse(`${localTime(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  const [before, after] = [shown - offset(shown - 86_400_000), shown - offset(shown + 86_400_000)];
  const meant = [before, after].filter((at) => at + offset(at) === shown);
  return new Date(meant.length ? Math.min(...meant) : Math.max(before, after)).toISOString();
}

/** The day a number of days later: "2026-03-01" + 1. */
export function dayAfter(day, days) {
  return new Date(Date.parse(`${day}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
