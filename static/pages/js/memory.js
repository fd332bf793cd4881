// What this device remembers. A browser that forbids storage only forgets; nothing fails.

const PREFIX = "parking.";

export function remember(name, value, store = () => localStorage) {
  try {
    store().setItem(PREFIX + name, value);
  } catch {
    // Full or forbidden storage: the page works on without it.
  }
}

export function recall(name, store = () => localStorage) {
  try {
    return store().getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function forget(name, store = () => localStorage) {
  try {
    store().removeItem(PREFIX + name);
  } catch {
    // Nothing was kept, so nothing is to be forgotten.
  }
}

// Kept until the tab closes: survives a reload, is not shared with other tabs.
export const thisTab = () => sessionStorage;
