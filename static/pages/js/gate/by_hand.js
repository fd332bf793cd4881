// A barrier that was opened by hand: through which gate and why, kept in the shift of who is at the desk.

import { act, get, perform, Refused } from "../api.js";
import { recall, remember } from "../memory.js";
import { say } from "./banner.js";

const dialog = document.getElementById("by-hand");
const form = document.getElementById("by-hand-form");
const gate = document.getElementById("by-hand-gate");
const reason = document.getElementById("by-hand-reason");
const line = document.getElementById("by-hand-say");
const till = document.getElementById("by-hand-till");
const NOT_SAID = "Not said";

/** Nothing happens where the page has no such dialog: its reader has no till. */
export class ByHand {
  #gates = null;
  #deed = null;
  #busy = false;

  constructor({ where, recent }) {
    Object.assign(this, { where, recent });
    if (!dialog) return;
    document.getElementById("by-hand-open").addEventListener("click", () => this.ask());
    document.getElementById("by-hand-back").addEventListener("click", () => dialog.close());
    // Something else is meant from now on, so it is another deed.
    form.addEventListener("input", () => (this.#deed = null));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  async ask() {
    if (!dialog || dialog.open) return;
    if (!this.where.location) return this.where.ask();
    this.#tell("");
    dialog.showModal();
    reason.focus();
    try {
      this.#gates ??= (await get("parking/gates", { pageSize: 200 })).items;
    } catch {
      this.#gates = null; // asked for again the next time; the reason can be told without them
    }
    const here = (this.#gates ?? []).filter(({ locationId }) => locationId === this.where.location.id);
    gate.replaceChildren(...[NOT_SAID, ...here.map(({ name }) => name)].map((name) => new Option(name)));
    if (here.some(({ name }) => name === recall("gate.opened"))) gate.value = recall("gate.opened");
  }

  async #send() {
    if (this.#busy) return;
    const why = reason.value.trim();
    reason.setAttribute("aria-invalid", String(!why));
    if (!why) {
      this.#tell("Say why it was opened by hand.");
      return reason.focus();
    }
    this.#busy = true;
    try {
      const name = gate.value === NOT_SAID ? "" : gate.value;
      this.#deed ??= await this.#deedOf(name, why);
      if (!this.#deed) return this.#tell("You have no open drawer that it could be kept with.", { atTill: true });
      await perform(this.#deed);
      this.#noted(name, why);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy = false;
    }
  }

  async #deedOf(name, why) {
    const [shift] = (await get("billing/shifts", { mine: true, status: "open" })).items;
    return shift ? act(`billing/shifts/${shift.id}/incidents`, { cause: "manual_open", gate: name, reason: why }) : null;
  }

  #noted(name, why) {
    this.#deed = null;
    reason.value = "";
    remember("gate.opened", name);
    dialog.close();
    say("good", "Noted: the barrier was opened by hand", [name, why].filter(Boolean).join(": "));
    const zone = this.where.location?.timezone;
    this.recent.add({ kind: "gate", plate: "By hand", at: Date.now(), zone, more: [name, why].filter(Boolean).join(" · ") });
  }

  #refused(error) {
    if (!(error instanceof Refused)) return this.#tell("No answer from the server. Press Enter to ask again: it is never noted twice.");
    this.#deed = null;
    if (error.status === 401) return this.#tell("You are signed out. Sign in again in another tab, then come back.");
    this.#tell([error.title, error.detail].filter(Boolean).join(". "));
  }

  #tell(words, { atTill = false } = {}) {
    line.textContent = words;
    till.hidden = !atTill;
  }
}
