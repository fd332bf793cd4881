// The lab: asks for a simulation, watches it run, shows what it found.

import { act, get, perform, Refused, Unanswered } from "../api.js";
import { count, moment } from "../format.js";
import { dayAfter, instantOf, localTime } from "../zone.js";
import { Names } from "./names.js";
import { showResult, signed } from "./result.js";
import { failureWords, showStanding, tell } from "./words.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;
const rateId = at("page").dataset.rate;
const LOOK_AGAIN_MS = 1000;
const SHOWN_RUNS = 10;
let names = null;
let watching = null;

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function askedFor() {
  const [from, to] = [instantOf(`${at("from").value}T00:00`, timezone), at("to").value && instantOf(`${dayAfter(at("to").value, 1)}T00:00`, timezone)];
  if (!from || !to) return null;
  const now = new Date().toISOString();
  const wanted = { from, to: to > now ? now : to };
  if (at("location").value) wanted.locationId = at("location").value;
  if (at("vehicle-type").value) wanted.vehicleType = at("vehicle-type").value;
  return wanted;
}

async function run(event) {
  event.preventDefault();
  const wanted = askedFor();
  if (!wanted) return tell(at("trouble"), "Say the first and the last day.");
  tell(at("trouble"), "");
  at("run").disabled = true;
  try {
    await watch(await perform(act(`billing/rates/${rateId}/simulate`, wanted)));
    await showRuns();
  } catch (error) {
    tell(at("trouble"), failureWords(error));
  } finally {
    at("run").disabled = false;
  }
  return undefined;
}

/** Follow one until it has ended; a later call takes its place. */
async function watch(simulation) {
  watching = simulation.id;
  let last = simulation;
  for (;;) {
    show(last);
    if (last.status !== "running") return;
    await wait(LOOK_AGAIN_MS);
    if (watching !== simulation.id) return;
    try {
      last = await get(`billing/simulations/${simulation.id}`);
    } catch (error) {
      if (!(error instanceof Unanswered) && !(error instanceof Refused && error.status >= 500)) throw error;
    }
  }
}

function show(simulation) {
  const { status, progress, failure } = simulation;
  at("nothing").hidden = true;
  at("running").hidden = status !== "running";
  at("result").hidden = status !== "done";
  at("progress").value = progress.percent;
  at("progress-words").textContent = `${count(progress.counted)} of ${count(progress.stays)} stays`;
  if (status === "failed") tell(at("trouble"), `The run failed. ${failure} Nothing was changed; start it again.`);
  if (status !== "done") return;
  at("result-of").textContent = periodWords(simulation);
  showResult(simulation, names);
}

function periodWords({ from, to, locationId, vehicleType, rateVersion }) {
  const first = localTime(from, timezone).slice(0, 10);
  const last = localTime(Date.parse(to) - 1, timezone).slice(0, 10);
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const span = first === last ? date.format(Date.parse(first)) : date.formatRange(Date.parse(first), Date.parse(last));
  const where = locationId ? names.location(locationId) : "where the tariff would hold";
  return `${span} · ${vehicleType ? names.type(vehicleType) : "All types"} · ${where} · version ${rateVersion}`;
}

async function showRuns() {
  const { items } = await get("billing/simulations", { rateId, pageSize: SHOWN_RUNS });
  at("earlier").hidden = !items.length;
  at("runs").replaceChildren(
    ...items.map((simulation) => {
      const item = Object.assign(document.createElement("li"), { className: "rate" });
      const button = Object.assign(document.createElement("button"), { type: "button", className: "run" });
      const part = (className, textContent) => Object.assign(document.createElement("span"), { className, textContent });
      const { status, result } = simulation;
      const found = status === "done" ? signed(result.total.change, result.currency) : status;
      button.append(part("rate-kind", periodWords(simulation)), part("rate-price fig", found), part("rate-since", `${simulation.requestedByName}, ${moment(simulation.requestedAt, timezone)}`));
      button.addEventListener("click", () => {
        tell(at("trouble"), "");
        watch(simulation).catch((error) => tell(at("trouble"), failureWords(error)));
        scrollTo({ top: 0 });
      });
      item.append(button);
      return item;
    }),
  );
  return items;
}

async function begin() {
  const today = localTime(Date.now(), timezone).slice(0, 10);
  at("to").value = dayAfter(today, -1);
  at("from").value = dayAfter(today, -30);
  at("to").max = at("from").max = today;
  names = await Names.load();
  names.fill(at("location"), "location");
  names.fill(at("vehicle-type"), "type");
  at("ask").addEventListener("submit", run);
  if (at("run")) at("run").disabled = false;
  const rate = await get(`billing/rates/${rateId}`);
  at("about").textContent = `${names.type(rate.vehicleType)}, ${names.location(rate.locationId)}`;
  showStanding(at("status"), rate);
  const [newest] = await showRuns();
  at("nothing").hidden = Boolean(newest);
  if (newest) await watch(newest);
}

begin().catch((error) => tell(at("trouble"), failureWords(error)));
