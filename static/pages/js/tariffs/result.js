// What a simulation found, on the page.

import { get } from "../api.js";
import { count, duration, money, moment } from "../format.js";
import { DayChart } from "./days.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const days = new DayChart(at("days"), at("days-read"));
const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });
const plates = new Map();

export const signed = (amount, currency) =>
  new Intl.NumberFormat(undefined, { style: "currency", currency, signDisplay: "exceptZero" }).format(amount);

const shareOf = ({ before, change }) => (before ? shares.format(change / before) : "");
const tone = (change) => (change > 0 ? "up" : change < 0 ? "down" : "same");

export function showResult({ result }, names) {
  const { currency, total } = result;
  at("before").textContent = money(total.before, currency);
  at("after").textContent = money(total.after, currency);
  at("stays").textContent = `${count(total.stays)} stays`;
  at("change").textContent = signed(total.change, currency);
  at("change-share").textContent = shareOf(total);
  at("change-box").dataset.tone = tone(total.change);
  at("dearer").textContent = count(result.dearerStays);
  at("cheaper").textContent = count(result.cheaperStays);
  const figures = [...document.querySelectorAll(".totals-lab strong")];
  const long = figures.some(({ textContent }) => textContent.length > 11);
  for (const figure of figures) figure.toggleAttribute("data-long", long);
  showGaps(result);
  at("newly").hidden = !result.newlyPriced.stays;
  at("newly").textContent = `${count(result.newlyPriced.stays)} of these stays had no price then; this tariff prices them at ${money(result.newlyPriced.after, currency)}.`;
  days.show(result.byDay, currency);
  showShares(at("places"), result.byLocation, ({ locationId }) => names.location(locationId), currency);
  showShares(at("types"), result.byVehicleType, ({ vehicleType }) => names.type(vehicleType), currency);
  showAffected(at("most-dearer"), result.mostDearer, names, currency);
  showAffected(at("most-cheaper"), result.mostCheaper, names, currency);
}

function showGaps({ unpriceable, currency }) {
  const stays = unpriceable.reduce((sum, gap) => sum + gap.stays, 0);
  at("gaps").hidden = !stays;
  at("gaps-title").textContent = `This tariff has no price for ${count(stays)} stays, which are in none of these figures`;
  at("gap-list").replaceChildren(
    ...unpriceable.map(({ detail, reason, stays: some, before }) =>
      Object.assign(document.createElement("li"), { textContent: `${count(some)} (${money(before, currency)} then): ${detail || reason.replaceAll("_", " ")}` }),
    ),
  );
}

function showShares(list, groups, nameOf, currency) {
  const most = Math.max(1, ...groups.flatMap(({ before, after }) => [before, after]));
  list.replaceChildren(
    ...groups.map((group) => {
      const item = at("share-template").content.firstElementChild.cloneNode(true);
      const part = (name) => item.querySelector(`[data-is=${name}]`);
      part("name").textContent = nameOf(group);
      part("change").textContent = `${signed(group.change, currency)}  ${shareOf(group)}`;
      part("change").dataset.tone = tone(group.change);
      part("sums").textContent = `${count(group.stays)} stays · ${money(group.before, currency)} → ${money(group.after, currency)}`;
      item.querySelector(".bar-before").setAttribute("width", (100 * group.before) / most);
      item.querySelector(".bar-after").setAttribute("width", (100 * group.after) / most);
      return item;
    }),
  );
}

function showAffected(body, stays, names, currency) {
  const cells = (kind, words) => words.map((word) => Object.assign(document.createElement(kind), { textContent: word }));
  const head = document.createElement("tr");
  head.append(...cells("th", ["Vehicle", "Stay", "Then", "Now", "Change"]));
  for (const cell of head.cells) cell.scope = "col";
  body.parentElement.tHead.replaceChildren(head);
  body.replaceChildren(
    ...stays.map(({ entryId, vehicleType, locationId, entryTime, exitTime, before, after, change }) => {
      const row = document.createElement("tr");
      const length = duration((Date.parse(exitTime) - Date.parse(entryTime)) / 60_000);
      row.append(...cells("td", [names.type(vehicleType), "", money(before, currency), money(after, currency), signed(change, currency)]));
      row.cells[1].append(length, Object.assign(document.createElement("small"), { textContent: `${moment(entryTime, timezone)}, ${names.location(locationId)}` }));
      row.cells[1].append(Object.assign(document.createElement("small"), { className: "then-now", textContent: `${money(before, currency)} → ${money(after, currency)}` }));
      row.cells[4].dataset.tone = tone(change);
      showPlate(row.cells[0], entryId);
      return row;
    }),
  );
  body.closest("section").hidden = !stays.length;
}

// Billing knows no plates; who may see the stay sees the vehicle.
async function showPlate(cell, entryId) {
  if (!plates.has(entryId)) plates.set(entryId, get(`parking/entries/${entryId}`).then(({ vehicleNumber }) => vehicleNumber, () => ""));
  const plate = await plates.get(entryId);
  if (plate) cell.prepend(Object.assign(document.createElement("span"), { className: "plate", textContent: plate }));
}
