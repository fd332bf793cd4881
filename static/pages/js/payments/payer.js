// Whose account pays: the customer that the vehicle belongs to, or one that is looked for by name.

import { get } from "../api.js";
import { element } from "./element.js";

const at = (id) => document.getElementById(id);
const PAUSE_MS = 200;

export class Payer {
  #asks = 0;
  #pause = null;

  constructor() {
    at("payer-find-box").hidden = !at("page").dataset.mayFindCustomers;
    at("payer-find").addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#find(at("payer-find").value.trim()), PAUSE_MS);
    });
    // Enter looks for what was typed; it must not charge an account that nobody has chosen
    at("payer-find").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && at("payer-find").value.trim() && !this.chosen) event.preventDefault();
    });
  }

  /** The chosen customer's id; empty for the one that has the vehicle. */
  get chosen() {
    return at("payers").querySelector(":checked")?.value ?? "";
  }

  forget() {
    at("payer-find").value = "";
    this.choose([]);
  }

  /** Let one of these be chosen. */
  choose(customers) {
    const rows = customers.map(({ id, name }) => element("label", {}, element("input", { type: "radio", name: "payer", value: id }), ` ${name}`));
    at("payers").replaceChildren(at("payers").firstElementChild, ...rows);
    at("payers").hidden = !rows.length;
  }

  #none() {
    at("payers").append(element("p", { className: "hint", textContent: "No customer is called so." }));
    at("payers").hidden = false;
  }

  async #find(q) {
    const asked = ++this.#asks;
    if (!q) return this.choose([]);
    const found = await get("billing/customers", { q, active: true, pageSize: 6 }).catch(() => ({ items: [] }));
    if (asked !== this.#asks) return;
    this.choose(found.items);
    if (found.items.length === 1) at("payers").querySelector("input").checked = true;
    if (!found.items.length) this.#none();
  }
}
