// The names behind the ids and codes that prices speak of.

import { get, Refused } from "../api.js";
import { spoken } from "../format.js";

export class Names {
  #locations = new Map();
  #types = new Map();

  /** Whoever may not read them sees codes; nothing else is missing then. */
  static async load() {
    const names = new Names();
    const [locations, types] = await Promise.all([list("parking/locations"), list("parking/vehicle-types")]);
    for (const { id, name } of locations) names.#locations.set(id, name);
    for (const { code, name } of types) names.#types.set(code, name || spoken(code));
    return names;
  }

  location = (id) => (id ? (this.#locations.get(id) ?? "A location of yours") : "All locations");
  type = (code) => this.#types.get(code) ?? spoken(code);

  fill(select, kind) {
    const known = kind === "location" ? this.#locations : this.#types;
    for (const [value, name] of known) select.append(new Option(name, value));
  }
}

async function list(path) {
  try {
    return (await get(path)).items;
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return [];
    throw error;
  }
}
