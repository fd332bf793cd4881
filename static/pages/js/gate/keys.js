// The keyboard of the gate page.

const plate = document.getElementById("plate");
const form = document.getElementById("desk");
const help = document.getElementById("help");

const WRITES = "input:not([type=radio]), textarea, select";
const ACTS = "button, a, summary, label, input, dialog";

export function listenToKeys({ desk, kinds, where, byHand }) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    desk.enter();
  });
  form.addEventListener("keydown", (event) => {
    // A key held down is one press.
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  });
  document.getElementById("help-open").addEventListener("click", () => help.showModal());
  for (const dialog of document.querySelectorAll(".gate dialog")) dialog.addEventListener("close", backToPlate);
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const handled = choice(event, { desk, kinds }) || command(event, { desk, where, byHand }) || toPlate(event);
    if (handled === "stop") event.preventDefault();
  });
  document.addEventListener("pointerup", ({ target }) => {
    if (!document.querySelector("dialog[open]") && !target.closest(ACTS) && !getSelection().toString()) plate.focus();
  });
  addEventListener("focus", () => document.activeElement === document.body && plate.focus());
}

// A closing dialog gives the focus back by itself, but leaves the caret where the mouse was: nothing could be typed.
function backToPlate() {
  plate.blur();
  plate.focus();
}

function choice(event, { desk, kinds }) {
  const exit = !document.getElementById("exit-pane").hidden;
  const free = !event.ctrlKey && !event.metaKey;
  if (!free) return null;
  const number = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (exit && number && event.altKey) {
    desk.till.ways.chooseNumber(Number(number));
    return "stop";
  }
  if (exit) return null;
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (number && (event.altKey || kinds.focused)) {
    if (kinds.chooseNumber(Number(number))) desk.typeTouched();
    return "stop";
  }
  if (step && !event.altKey && (event.target === plate || kinds.focused)) {
    kinds.step(step);
    desk.typeTouched();
    return "stop";
  }
  return null;
}

function command(event, { desk, where, byHand }) {
  if (event.key === "Escape") {
    desk.clear();
    return "stop";
  }
  if (event.altKey && event.code === "KeyL") {
    where.ask();
    return "stop";
  }
  if (event.altKey && event.code === "KeyO") {
    byHand.ask();
    return "stop";
  }
  if (event.key === "?" && !(event.target.matches(WRITES) && event.target !== plate)) {
    help.showModal();
    return "stop";
  }
  return null;
}

// Letters and figures go to the plate wherever the focus is, except into a field that is being written in.
function toPlate(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return null;
  if (!event.target.matches(WRITES)) plate.focus();
  return "leave";
}
