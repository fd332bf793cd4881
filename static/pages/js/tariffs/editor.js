// The editor of one tariff: what it is for, what it costs, a preview of that, and the way into force.

import { act, change, get, perform, Refused } from "../api.js";
import { showFaults } from "./faults.js";
import { Force } from "./force.js";
import { Names } from "./names.js";
import { Preview } from "./preview.js";
import { Terms, Unreadable } from "./terms.js";
import { failureWords, priceWords, showStanding, tell } from "./words.js";

const at = (id) => document.getElementById(id);
const page = at("page");
const rateId = page.dataset.rate;
const mayWrite = page.dataset.mayWrite === "yes";
const terms = new Terms();
const preview = new Preview(terms, rateId);
let names = null;
let rate = null; // as it was read
let dirty = false;
let force = null;

function showRate(read) {
  rate = read;
  at("vehicle-type").value = rate.vehicleType;
  at("location").value = rate.locationId ?? "";
  at("vehicle-type").disabled = at("location").disabled = true;
  at("title").textContent = `${names.type(rate.vehicleType)}, ${names.location(rate.locationId)}`;
  document.title = `${at("title").textContent} · ${document.title.split(" · ").at(-1)}`;
  showStanding(at("status"), rate);
  terms.show(rate);
  if (!mayWrite || rate.status === "retired") terms.lock();
  if (at("save")) at("save").textContent = rate.status === "draft" ? "Save" : "Save as new draft";
  settle(false);
  preview.now();
}

function settle(changed) {
  dirty = changed;
  at("unsaved").hidden = !dirty;
  if (at("save")) at("save").disabled = Boolean(rate) && rate.status === "draft" && !dirty;
  if (rate) force?.show(rate, { dirty });
}

async function save() {
  const body = terms.body();
  if (rate?.status === "draft") return change(`billing/rates/${rate.id}`, patch(body), rate.version);
  const made = await perform(act("billing/rates", { ...body, vehicleType: at("vehicle-type").value, locationId: at("location").value || null, status: "draft" }));
  settle(false);
  location.assign(`/tariffs/${made.id}/`);
  return null;
}

// A draft that turns from a plan to prices says that the plan is gone.
const patch = (body) => (body.plan || !rate.plan ? body : { ...body, plan: null });

async function submit(event) {
  event?.preventDefault();
  at("save").disabled = true;
  tell(at("said"), "");
  try {
    const saved = await save();
    if (!saved) return;
    at("conflict").hidden = true;
    showRate(saved);
    tell(at("said"), `Saved as version ${saved.version}: ${priceWords(saved)}`);
    setTimeout(() => tell(at("said"), ""), 6000);
  } catch (error) {
    at("save").disabled = false;
    refused(error);
  }
}

function refused(error) {
  if (error instanceof Unreadable) return showFaults([{ field: "", message: error.message }]);
  if (error instanceof Refused && error.status === 412) return conflict().catch((failure) => tell(at("trouble"), failureWords(failure)));
  if (error instanceof Refused && error.status === 422 && error.errors.length) return showFaults(error.errors);
  return tell(at("trouble"), failureWords(error));
}

// Somebody else was faster: nothing is lost, and the person says whose version counts.
async function conflict() {
  const theirs = await get(`billing/rates/${rate.id}`);
  at("conflict-title").textContent = `Somebody saved version ${theirs.version} since you read version ${rate.version}.`;
  at("conflict-detail").textContent = `Theirs: ${priceWords(theirs)}. Nothing of yours was saved, and nothing of it is lost.`;
  at("keep-mine").hidden = theirs.status !== "draft" || !dirty;
  at("take-theirs").textContent = dirty ? "Load theirs, drop mine" : "Load theirs";
  at("conflict").hidden = false;
  at("take-theirs").onclick = () => {
    at("conflict").hidden = true;
    showRate(theirs);
  };
  at("keep-mine").onclick = () => {
    rate = { ...theirs, plan: theirs.plan };
    submit();
  };
  at("take-theirs").focus();
}

function offerStartingPoints() {
  const points = JSON.parse(at("starting-points").textContent);
  at("point-list").replaceChildren(
    ...points.map(({ title, words, plan }) => {
      const button = at("point-template").content.firstElementChild.cloneNode(true);
      button.querySelector("strong").textContent = title;
      button.querySelector("span").textContent = words;
      button.addEventListener("click", () => {
        terms.take(plan);
        at("plan").focus({ preventScroll: true });
        at("plan").setSelectionRange(0, 0);
      });
      return button;
    }),
  );
  at("points").open = !rateId;
}

async function begin() {
  names = await Names.load();
  names.fill(at("location"), "location");
  names.fill(at("vehicle-type"), "type");
  if (mayWrite) offerStartingPoints();
  terms.addEventListener("change", () => settle(true));
  at("tariff").addEventListener("submit", submit);
  addEventListener("beforeunload", (event) => dirty && event.preventDefault());
  if (!rateId) {
    terms.show({ rates: { hourly: "" } });
    settle(true);
    preview.now();
    return;
  }
  if (at("activate")) force = new Force({ version: () => rate.version, done: showRate, stale: conflict });
  showRate(await get(`billing/rates/${rateId}`));
}

begin().catch((error) => tell(at("trouble"), failureWords(error)));
