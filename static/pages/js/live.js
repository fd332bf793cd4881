// The yard as it happens: one WebSocket that comes back by itself.
//
// Events: "message" (detail: the parsed message) and "state" (detail: {state, retryAt}), where state is
// connecting, live, reconnecting, offline or signed-out.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const SILENCE_MS = 45_000;
const REFRESH_EVERY_MS = 30_000;
const REFUSED = new Set([4401, 4403]); // not signed in, not permitted
const TRUTH = "/api/v1/parking/occupancy";

export class LiveFeed extends EventTarget {
  #socket = null;
  #failures = 0;
  #timer = 0;
  #silence = 0;
  #refreshedAt = -Infinity;
  state = "connecting";

  constructor(path) {
    super();
    this.url = new URL(path, location.href.replace(/^http/, "ws"));
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#drop());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.state !== "live") this.retryNow();
    });
  }

  start() {
    this.#open();
    return this;
  }

  /** Don't wait for the next try: the network came back, or someone pressed the button. */
  retryNow() {
    if (this.state === "live" || this.state === "signed-out") return;
    this.#failures = 0;
    this.#open();
  }

  /** Ask for a fresh snapshot, for example because a location turned up that we don't know. */
  refresh() {
    if (this.state !== "live" || performance.now() - this.#refreshedAt < REFRESH_EVERY_MS) return;
    this.#refreshedAt = performance.now();
    this.#drop();
  }

  #open() {
    clearTimeout(this.#timer);
    this.#release();
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.#listen();
      if (this.state !== "live") {
        this.#failures = 0;
        this.#become("live");
      }
      this.dispatchEvent(new CustomEvent("message", { detail: JSON.parse(data) }));
    };
    socket.onclose = ({ code }) => (REFUSED.has(code) ? this.#become("signed-out") : this.#lost());
  }

  #release() {
    clearTimeout(this.#silence);
    if (!this.#socket) return;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #drop() {
    this.#release();
    this.#lost();
  }

  #lost() {
    clearTimeout(this.#silence);
    clearTimeout(this.#timer);
    this.#failures += 1;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    const wait = longest / 2 + Math.random() * (longest / 2);
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#become(navigator.onLine && this.#failures < 4 ? "reconnecting" : "offline", Date.now() + wait);
  }

  // A dead line can stay open for minutes. After a silence we ask over HTTP whether the server is still there.
  #listen() {
    clearTimeout(this.#silence);
    const heard = this.#socket;
    this.#silence = setTimeout(async () => {
      const status = await answer();
      if (heard !== this.#socket) return;
      if (status === 200) this.#listen();
      else this.#drop();
    }, SILENCE_MS);
  }

  #become(state, retryAt = null) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, retryAt } }));
  }
}

async function answer() {
  try {
    const { status } = await fetch(TRUTH, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(8000) });
    return status;
  } catch {
    return 0;
  }
}

const WORDS = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  "signed-out": "Signed out",
};

/** Keep the sign in the bar in step with the feed. */
export function showState(feed, sign) {
  feed.addEventListener("state", ({ detail }) => {
    sign.dataset.state = detail.state;
    sign.querySelector(".feed-word").textContent = WORDS[detail.state];
    sign.title = WORDS[detail.state];
  });
}
