// What the server knows of a plate.

import { get } from "../api.js";

const PAUSE_MS = 220;
const SHORTEST = 3;

/** Looks a plate up when the typing rests; the newest question alone is answered. */
export class Lookup {
  #timer = 0;
  #abort = null;
  #answer = null;
  plate = "";

  constructor(onAsked, onAnswer, onFailed) {
    Object.assign(this, { onAsked, onAnswer, onFailed });
  }

  typed(plate) {
    this.cancel();
    this.plate = plate;
    if (plate.length < SHORTEST) return;
    this.#timer = setTimeout(() => this.settle(), PAUSE_MS);
  }

  /** The answer for the plate as it stands now, asking at once if nobody has. Null when it failed. */
  settle() {
    clearTimeout(this.#timer);
    this.#answer ??= this.#ask(this.plate);
    return this.#answer;
  }

  /** Forget the answer and ask again: the world has moved. */
  again() {
    const { plate } = this;
    this.cancel();
    this.plate = plate;
    return this.settle();
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.#answer = null;
    this.plate = "";
  }

  async #ask(plate) {
    const abort = new AbortController();
    this.#abort = abort;
    this.onAsked(plate);
    try {
      // Without a status: an overstaying vehicle is in the yard too, and a former stay tells the vehicle's type.
      const { items } = await get("parking/entries", { vehicleNumber: plate, pageSize: 5 }, abort.signal);
      const answer = { plate, open: items.find(({ exitTime }) => !exitTime) ?? null, former: items[0] ?? null };
      if (!abort.signal.aborted) await this.onAnswer(answer);
      return abort.signal.aborted ? null : answer;
    } catch (error) {
      if (abort.signal.aborted) return null;
      this.#answer = null;
      this.onFailed(error);
      return null;
    }
  }
}
