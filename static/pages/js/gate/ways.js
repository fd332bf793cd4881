// How what is due is paid at this gate: the ways that are offered there, cash first.

const WAYS = { cash: "Cash", upi: "UPI", card: "Card", account: "Account" };
const REFERENCES = { upi: "UPI reference (UTR)", card: "Terminal’s reference" };
const PAID = { cash: "cash", upi: "by UPI", card: "by card", account: "on account" };

const box = document.getElementById("ways");
const list = document.getElementById("way-list");
const template = document.getElementById("way-template");
const reference = document.getElementById("reference");

/** ₹20 cash, ₹20 by UPI. */
export const paidBy = (method) => PAID[method] ?? method;

export class Ways extends EventTarget {
  #offered = [];

  constructor() {
    super();
    list.addEventListener("change", () => this.#show());
  }

  /** The ways that a place offers; none where nothing is due. What was chosen stays chosen if it is offered. */
  offer(methods) {
    const offered = Object.keys(WAYS).filter((way) => methods.includes(way));
    if (offered.join() !== this.#offered.join()) {
      const before = this.chosen;
      this.#offered = offered;
      list.replaceChildren(...offered.map((way, i) => choice(way, i)));
      this.#check(offered.includes(before) ? before : offered[0]);
    }
    box.hidden = offered.length < 2;
    this.#show();
  }

  /** Another vehicle: what was said of the last one's payment does not hold for it. */
  forget() {
    reference.value = "";
    this.#check(this.#offered[0]);
    this.#show();
  }

  /** The one with this number on its key, from 1. */
  chooseNumber(number) {
    const way = box.hidden ? undefined : this.#offered[number - 1];
    if (!way) return;
    this.#check(way);
    this.#show();
    (this.asksForReference ? reference : document.getElementById("plate")).focus();
  }

  get chosen() {
    return list.querySelector("input:checked")?.value ?? "cash";
  }

  get asksForReference() {
    return this.chosen in REFERENCES;
  }

  get reference() {
    return this.asksForReference ? reference.value.trim() : "";
  }

  #check(way) {
    for (const input of list.querySelectorAll("input")) input.checked = input.value === way;
  }

  #show() {
    const cash = this.chosen === "cash";
    document.getElementById("received-field").hidden = !cash;
    document.getElementById("change-line").hidden = !cash;
    document.getElementById("reference-field").hidden = !this.asksForReference;
    document.getElementById("reference-label").textContent = REFERENCES[this.chosen] ?? "";
    this.dispatchEvent(new Event("chosen"));
  }
}

function choice(way, i) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.querySelector("input").value = way;
  element.querySelector(".way-name").textContent = WAYS[way];
  element.querySelector("kbd").textContent = i + 1;
  return element;
}
