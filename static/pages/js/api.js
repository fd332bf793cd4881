// Calls to the platform's API as the signed-in person.

const BASE = "/api/v1/";
const PATIENCE_MS = 10_000;
const LOST_WAITS_MS = [800, 2000];

/** The server refused: a problem document (RFC 9457) with a stable code. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title ?? `Error ${status}`);
    this.status = status;
    this.code = problem.code ?? "";
    this.title = problem.title ?? "The server refused this";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
    this.problem = problem;
  }
}

/** No answer came, so nobody here knows whether the server acted. */
export class Unanswered extends Error {}

export async function get(path, query = {}, signal = undefined) {
  const url = `${BASE}${path}?${new URLSearchParams(query)}`;
  return take(await send(url, { signal }));
}

/** A question asked by POST that changes nothing, such as a quote. */
export async function ask(path, body, signal = undefined) {
  return take(await send(BASE + path, { method: "POST", body: JSON.stringify(body), signal }));
}

/** A change of what was read at a version; Refused with status 412 where somebody else has changed it since. */
export async function change(path, body, version, { method = "PATCH" } = {}) {
  const headers = { "If-Match": `"${version}"` };
  return take(await send(BASE + path, { method, body: JSON.stringify(body), headers }));
}

/**
 * An act that happens once. Its key and body never change, so sending it again after a lost answer gives the
 * first answer again instead of acting twice.
 */
export function act(path, body) {
  return { path, key: crypto.randomUUID?.() ?? uuid(), body: JSON.stringify(body) };
}

/** Send an act until an answer comes, a few times; throws Refused or Unanswered. */
export async function perform({ path, key, body }) {
  for (const wait of [...LOST_WAITS_MS, null]) {
    let answer = null;
    try {
      answer = await send(BASE + path, { method: "POST", body, headers: { "Idempotency-Key": key } });
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
    }
    if (answer && !undecided(answer)) return take(answer);
    if (wait === null) break;
    await pause(Math.min(5000, (Number(answer?.headers.get("Retry-After")) || 0) * 1000 || wait));
  }
  throw new Unanswered();
}

// Of a busy or restarting server nobody knows yet whether it acted.
const undecided = ({ status }) => [429, 502, 503, 504].includes(status);

async function send(url, { headers = {}, signal, ...options }) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  const said = { Accept: "application/json", "X-CSRFToken": csrfToken(), ...headers };
  if (options.body) said["Content-Type"] = "application/json";
  try {
    return await fetch(url, { ...options, headers: said, credentials: "same-origin", signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unanswered();
  }
}

// The cookie is newer than the page after signing in again in another tab.
function csrfToken() {
  const cookie = /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  return cookie ?? document.querySelector('meta[name="csrf-token"]').content;
}

async function take(answer) {
  if (answer.ok) {
    const text = await answer.text();
    return text ? JSON.parse(text) : null;
  }
  throw new Refused(answer.status, await answer.json().catch(() => ({})));
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Pages over plain HTTP on another machine have no crypto.randomUUID.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
