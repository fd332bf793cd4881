// The act that has no answer yet. It outlives a reload: the same key asks for the same act, and never acts twice.

import { forget, recall, remember, thisTab } from "../memory.js";

const NAME = "gate.pending";

export class Pending {
  deed = JSON.parse(recall(NAME, thisTab) ?? "null");

  keep(deed) {
    this.deed = deed;
    remember(NAME, JSON.stringify(deed), thisTab);
  }

  drop() {
    this.deed = null;
    forget(NAME, thisTab);
  }
}
