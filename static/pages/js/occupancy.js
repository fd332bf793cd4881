// The occupancy of every location as the server last told it. Knows nothing of the page.

export class Occupancy {
  #locations = new Map();

  get locations() {
    return [...this.#locations.values()];
  }

  find(locationId) {
    return this.#locations.get(locationId);
  }

  /** A snapshot is the whole truth, except where a newer change overtook it. */
  replace({ locations }) {
    const held = this.#locations;
    this.#locations = new Map(
      locations.map((told) => {
        const known = held.get(told.locationId);
        return [told.locationId, known && known.version > told.version ? known : { ...told }];
      }),
    );
  }

  /** Take one change in. Gives the location, null when the change is old, undefined when we don't know the place. */
  apply(change) {
    const known = this.#locations.get(change.locationId);
    if (!known) return undefined;
    if (change.version <= known.version) return null;
    const { type, byVehicleType = [], ...told } = change;
    Object.assign(known, told, { byVehicleType: merged(known.byVehicleType, byVehicleType) });
    return known;
  }

  totals() {
    const sum = { total: 0, occupied: 0, available: 0, overstays: 0 };
    for (const location of this.#locations.values()) {
      sum.total += location.total;
      sum.occupied += location.occupied;
      sum.available += location.available;
      sum.overstays += location.overstays ?? 0;
    }
    return sum;
  }
}

// A change counts only the types that are there, and leaves out their capacities.
function merged(known, told) {
  const counted = new Map(told.map((type) => [type.vehicleType, type]));
  const codes = new Set([...known.map(({ vehicleType }) => vehicleType), ...counted.keys()]);
  const capacities = new Map(known.map(({ vehicleType, capacity }) => [vehicleType, capacity]));
  return [...codes].map((vehicleType) => {
    const { occupied = 0, capacity = capacities.get(vehicleType) ?? null } = counted.get(vehicleType) ?? {};
    return { vehicleType, occupied, capacity };
  });
}

/** How pressing it is, in one word for styles and one for people. */
export function level({ occupied, total }) {
  if (occupied > total) return { level: "full", word: "Over capacity" };
  if (occupied === total) return { level: "full", word: total ? "Full" : "Closed" };
  const used = occupied / total;
  if (used >= 0.95) return { level: "full", word: "Nearly full" };
  if (used >= 0.8) return { level: "busy", word: "Filling up" };
  return { level: "free", word: "Places free" };
}
