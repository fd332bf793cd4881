// Tabs by the pattern of the ARIA practices guide: arrows move, the hash of the address remembers. They are links, so
// that one that is clicked before this script has come is open when it comes.

export function tabs(opened) {
  const all = [...document.querySelectorAll('[role="tab"]')];

  function show(tab) {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    opened(tab.hash.slice(1));
  }

  function open(tab, focus = false) {
    if (focus) tab.focus();
    history.replaceState(null, "", tab.hash);
    show(tab);
  }

  all.forEach((tab, place) => {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      open(tab);
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) open(all[(place + step + all.length) % all.length], true);
      else if (event.key === " ") {
        event.preventDefault();
        open(tab);
      }
    });
  });
  show(all.find((tab) => tab.hash === location.hash) ?? all[0]);
  return (name) => open(document.getElementById(`tab-${name}`));
}
