// Runs before the first paint, so that a chosen theme never flashes the other one. Not a module for that reason.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("parking.theme");
  } catch {
    // Storage may be forbidden; the device's own choice then stands.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
