// The discounts of single prices: each holds for a stay of which a fact is told.

const at = (id) => document.getElementById(id);
const FIELDS = ["code", "name", "kind", "value"];

/** `changed` is called whenever one is added, written in or removed. */
export class Discounts {
  #rest = new WeakMap(); // what the form does not show of a discount

  constructor(changed) {
    this.changed = changed;
    at("discount-add").addEventListener("click", () => {
      this.#add({ code: "", name: "", kind: "percent", value: "" }).querySelector("input").focus();
      this.#showWhatIsThere();
    });
  }

  show({ discounts = [], stacking = "inOrder" }) {
    at("discount-list").replaceChildren();
    for (const discount of discounts) this.#add(discount);
    at("stacking").value = stacking;
    this.#showWhatIsThere();
  }

  lock() {
    at("discount-add").hidden = true;
    for (const button of at("discount-list").querySelectorAll("button")) button.hidden = true;
  }

  /** What the API takes; numbers as `number` reads them. */
  body(number) {
    const discounts = [...at("discount-list").children].map((item) => {
      const given = Object.fromEntries(FIELDS.map((name) => [name, part(item, name).value.trim()]));
      return { ...this.#rest.get(item), ...given, value: number(given.value) };
    });
    return { discounts, stacking: at("stacking").value };
  }

  /** The facts that they ask for, as a plan would declare them. */
  facts() {
    const names = [...at("discount-list").children].map((item) => this.#rest.get(item).fact ?? part(item, "code").value.trim());
    return Object.fromEntries(names.filter(Boolean).map((name) => [name, { kind: "flag", absent: false }]));
  }

  #add({ code, name, kind, value, takenFrom, fact }) {
    const item = at("discount-template").content.firstElementChild.cloneNode(true);
    for (const [field, given] of Object.entries({ code, name, kind, value })) part(item, field).value = given;
    this.#rest.set(item, { ...(takenFrom && { takenFrom }), ...(fact && fact !== code && { fact }) });
    part(item, "drop").addEventListener("click", () => {
      item.remove();
      this.#showWhatIsThere();
      this.changed();
      at("discount-add").focus();
    });
    at("discount-list").append(item);
    return item;
  }

  #showWhatIsThere() {
    const { children } = at("discount-list");
    at("discounts").hidden = !children.length;
    at("stacking-field").hidden = children.length < 2;
    [...children].forEach((item, place) => {
      for (const field of FIELDS) part(item, field).dataset.path = `discounts[${place}].${field}`;
    });
  }
}

const part = (item, name) => item.querySelector(`[data-is=${name}]`);
