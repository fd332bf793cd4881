// How figures, money and times are written. Every function takes what the API sends.

const counts = new Intl.NumberFormat();
const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const made = new Map();

function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

const writer = (currency) =>
  once(`money ${currency}`, () => new Intl.NumberFormat(undefined, { style: "currency", currency }));

export const count = (number) => counts.format(number);

/** A share of the places: full only when it is, and empty only when it is. */
export function share(occupied, total) {
  if (total <= 0) return "–";
  const exact = occupied / total;
  if (exact > 0.99 && exact < 1) return shares.format(0.99);
  if (exact > 0 && exact < 0.01) return shares.format(0.01);
  return shares.format(exact);
}

export const money = (amount, currency) => writer(currency).format(amount);

/** The smallest unit of a currency is a whole number, so that sums and change are exact. */
export function toMinor(amount, currency) {
  return Math.round(Number(amount) * 10 ** minorDigits(currency));
}

export const fromMinor = (minor, currency) => minor / 10 ** minorDigits(currency);

export const minorDigits = (currency) => writer(currency).resolvedOptions().maximumFractionDigits;

/** 14:03:22 in the given IANA zone. */
export function clock(instant, zone, { seconds = true } = {}) {
  const style = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  if (seconds) style.second = "2-digit";
  return once(`clock ${zone} ${seconds}`, () => new Intl.DateTimeFormat(undefined, style)).format(new Date(instant));
}

/** 14:03 today, otherwise with its day: Mon 17 Nov, 14:03, of another year with that: 17 Nov 2015, 14:03. */
export function moment(instant, zone, now = Date.now()) {
  const day = once(`day ${zone}`, () => new Intl.DateTimeFormat("en-CA", { timeZone: zone }));
  const time = clock(instant, zone, { seconds: false });
  if (day.format(new Date(instant)) === day.format(new Date(now))) return time;
  const ofThisYear = day.format(new Date(instant)).slice(0, 4) === day.format(new Date(now)).slice(0, 4);
  const style = { [ofThisYear ? "weekday" : "year"]: ofThisYear ? "short" : "numeric", day: "numeric", month: "short", timeZone: zone };
  const date = once(`date ${zone} ${ofThisYear}`, () => new Intl.DateTimeFormat(undefined, style)).format(new Date(instant));
  return `${date}, ${time}`;
}

/** 2 d 3 h, 2 h 14 min, 14 min: the two largest units that say something. */
export function duration(minutes) {
  const whole = Math.max(0, Math.floor(minutes));
  const days = Math.floor(whole / 1440);
  const hours = Math.floor((whole % 1440) / 60);
  const rest = whole % 60;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}

/** just now, 12 s ago, 4 min ago. */
export function ago(instant, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(instant)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds - (seconds % 5)} s ago`;
  return `${duration(seconds / 60)} ago`;
}

/** A vehicle type's name where only its code is known. */
export const spoken = (code) => code.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
