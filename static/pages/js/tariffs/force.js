// Putting a draft into force, and retiring: the two acts that change what stays cost.

import { change } from "../api.js";
import { instantOf, localTime } from "../zone.js";
import { failureWords, tell } from "./words.js";

const at = (id) => document.getElementById(id);
const { timezone } = document.body.dataset;

/** `act(body, version)` answers with the tariff as it is then; `done(rate)` shows it, `stale(error)` a lost race. */
export class Force {
  constructor({ version, done, stale }) {
    this.version = version;
    this.done = done;
    this.stale = stale;
    for (const dialog of document.querySelectorAll("dialog.sheet")) {
      dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    }
    at("activate").addEventListener("click", () => this.#open("activate"));
    at("retire").addEventListener("click", () => this.#open("retire"));
    at("starts").value = `${localTime(Date.now() + 86_400_000, timezone).slice(0, 10)}T00:00`;
    at("starts").addEventListener("input", () => (document.querySelector("[name=when][value=then]").checked = true));
    at("activate-form").addEventListener("submit", (event) => this.#submit(event, "activate", () => this.#activate()));
    at("retire-form").addEventListener("submit", (event) => this.#submit(event, "retire", () => this.#retire()));
  }

  show({ id, status }, { dirty }) {
    this.id = id;
    at("activate").hidden = status !== "draft";
    at("activate").disabled = dirty;
    at("activate").title = dirty ? "Save first: what is activated is what was saved." : "";
    at("retire").hidden = status === "retired";
    at("retire").textContent = status === "draft" ? "Discard…" : "Retire…";
    at("retire-title").textContent = status === "draft" ? "Discard this draft?" : "Retire this tariff?";
    at("retire-words").textContent = status === "draft" ? "It never was in force; the lab’s results stay." : "It ends now. Stays that entered before are still priced by it; later ones need another tariff.";
  }

  #open(name) {
    tell(at(`${name}-trouble`), "");
    at(`${name}-dialog`).showModal();
  }

  #activate() {
    const later = document.querySelector("[name=when]:checked").value === "then";
    const effectiveDate = later ? instantOf(at("starts").value, timezone) : null;
    if (later && !effectiveDate) return tell(at("activate-trouble"), "Say the day and time at which it begins.");
    const body = { effectiveDate, replace: at("replace").checked };
    return change(`billing/rates/${this.id}/activate`, body, this.version(), { method: "POST" });
  }

  #retire() {
    return change(`billing/rates/${this.id}`, { status: "retired" }, this.version());
  }

  async #submit(event, name, act) {
    event.preventDefault();
    const button = event.submitter ?? event.target.querySelector("button:not([data-close])");
    button.disabled = true;
    try {
      const rate = await act();
      if (!rate) return;
      at(`${name}-dialog`).close();
      this.done(rate);
    } catch (error) {
      if (error.status === 412) {
        at(`${name}-dialog`).close();
        this.stale(error);
      } else tell(at(`${name}-trouble`), failureWords(error));
    } finally {
      button.disabled = false;
    }
  }
}
