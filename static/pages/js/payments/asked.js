// A payment that was asked for online: the code that the payer scans, and how far it is, looked at until it is over.

import { get } from "../api.js";
import { money } from "../format.js";

const at = (id) => document.getElementById(id);
const LOOKS_EVERY_MS = 2500;
const SAID = { created: "Waiting for the payer…", pending: "Waiting for the payer…", failed: "It was tried in vain; the payer may try again." };
const OVER = { canceled: "It was withdrawn.", expired: "Nobody paid in time." };

export class Asked {
  #waits = 0;
  isWaiting = false;

  /** `over` is called with words when it was paid or will not be; `given` when the cashier turns to another way. */
  constructor({ over, given }) {
    this.over = over;
    at("asked-close").addEventListener("click", () => {
      this.forget();
      given();
    });
  }

  /** Show a payment that was just asked for, and look until it is over. */
  wait(online) {
    this.isWaiting = true;
    at("asked-sum").textContent = money(online.amount, online.currency);
    at("asked-code").hidden = at("asked-link").hidden = !online.payUrl;
    at("asked-code").src = `/api/v1/billing/payments/online/${online.id}/qr.svg`;
    at("asked-link").href = online.payUrl ?? "";
    at("asked").hidden = false;
    this.#say(online);
    this.#look(online.id, ++this.#waits);
  }

  forget() {
    this.#waits += 1;
    this.isWaiting = false;
    at("asked").hidden = true;
  }

  #say({ status, problem }) {
    at("asked-status").textContent = [SAID[status], problem].filter(Boolean).join(" ");
    at("asked-status").dataset.state = status;
  }

  async #look(id, wait) {
    while (wait === this.#waits) {
      await new Promise((done) => setTimeout(done, LOOKS_EVERY_MS));
      if (wait !== this.#waits) return;
      const online = await get(`billing/payments/online/${id}`).catch(() => null);
      if (wait !== this.#waits) return;
      if (online === null) at("asked-status").textContent = "The payment provider does not answer at the moment; it is looked at again.";
      else if (online.status in SAID) this.#say(online);
      else {
        this.forget();
        const paid = online.status === "succeeded";
        this.over(paid ? `Paid ${money(online.amount, online.currency)} online.` : OVER[online.status]);
      }
    }
  }
}
