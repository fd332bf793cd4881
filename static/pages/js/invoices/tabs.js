// Tabs by the pattern of the ARIA practices guide: arrows move, the hash of the address remembers.

export function tabs(opened) {
  const all = [...document.querySelectorAll('[role="tab"]')];

  function open(tab, focus = false) {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
    history.replaceState(null, "", `#${tab.id.replace("tab-", "")}`);
    opened(tab.id.replace("tab-", ""));
  }

  all.forEach((tab, place) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step) open(all[(place + step + all.length) % all.length], true);
    });
  });
  open(all.find((tab) => `#${tab.id.replace("tab-", "")}` === location.hash) ?? all[0]);
  return (name) => open(document.getElementById(`tab-${name}`));
}
