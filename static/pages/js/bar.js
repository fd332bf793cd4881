// The bar at the top: theme and account menu. Every page loads it.

import { recall, remember } from "./memory.js";

const NEXT = { system: "light", light: "dark", dark: "system" };
const SAID = { system: "as the device", light: "light", dark: "dark" };

const root = document.documentElement;
const button = document.getElementById("theme");

function show(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  button.setAttribute("aria-label", `Theme: ${SAID[theme]}`);
  button.title = `Theme: ${SAID[theme]}`;
}

show(recall("theme") ?? "system");
button.addEventListener("click", () => {
  const theme = NEXT[root.dataset.theme ?? "system"];
  remember("theme", theme);
  show(theme);
});

// On a narrow screen the places scroll sideways: the one that the reader is at must not hide beyond the edge.
const here = document.querySelector(".bar nav [aria-current]");
if (here) here.scrollIntoView({ block: "nearest", inline: "center" });

const menu = document.querySelector(".menu");
if (menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
}
