// What stands in the way of activation: each fault with its path, and a way to the place where it is.

import { locate } from "./locate.js";

const at = (id) => document.getElementById(id);

/** `errors` as the API gives them; nothing clears the list. */
export function showFaults(errors = []) {
  for (const input of document.querySelectorAll("[data-path]")) {
    input.toggleAttribute("aria-invalid", false);
    if (errors.some(({ field }) => field === input.dataset.path)) input.setAttribute("aria-invalid", "true");
  }
  at("fault-list").replaceChildren(...errors.map(fault));
  at("faults").hidden = !errors.length;
}

function fault({ field, message }) {
  const item = document.createElement("li");
  const path = field.replace(/^plan\.?/, "");
  if (path) {
    const place = Object.assign(document.createElement("button"), { type: "button", className: "fault-path", textContent: path });
    place.addEventListener("click", () => goTo(field, path));
    item.append(place);
  }
  item.append(Object.assign(document.createElement("span"), { textContent: message }));
  return item;
}

function goTo(field, path) {
  const input = document.querySelector(`[data-path="${CSS.escape(field)}"]`);
  if (input) return input.focus();
  const text = at("plan");
  const span = locate(text.value, path);
  if (!span || text.closest("[hidden]")) return undefined;
  text.focus();
  text.setSelectionRange(...span);
  const line = text.value.slice(0, span[0]).split("\n").length - 1;
  const height = parseFloat(getComputedStyle(text).lineHeight);
  return text.scrollTo({ top: Math.max(0, line * height - text.clientHeight / 3) });
}
