/** Requests to the server of this page: JSON in and out, its refusals as errors in words, and live events. */

const TOKEN = document.querySelector('meta[name="mtb-token"]')?.content ?? "";

/** What the server said no to: `message` and `hint` for people, `code` and `status` for programs. */
export class ApiError extends Error {
  constructor(status, error) {
    super(error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error?.code ?? "error";
    this.hint = error?.hint ?? "";
  }
}

/** A path with a query: `url("/frame", {run: "a b"})`; values that are null or undefined are left out. */
export function url(path, query = {}) {
  const known = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const search = new URLSearchParams(known).toString();
  return search ? `${path}?${search}` : path;
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "offline", message: "The server does not answer.", hint: "Is mtbsync still running?" });
  }
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok) throw new ApiError(response.status, body?.error);
  return body;
}

/** The JSON at a path. */
export const get = (path, { signal } = {}) => answer(fetch(path, { signal, headers: { Accept: "application/json" } }));

/** Sends JSON with this page's token; gives the JSON that comes back. */
export const post = (path, body = {}) =>
  answer(fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-MTB-Token": TOKEN }, body: JSON.stringify(body) }));

/**
 * Listens to server-sent events: `on` maps an event's name to a function of its JSON ("message" where it has none,
 * "error" and "open" for the connection). The browser reconnects by itself with Last-Event-ID. Close what comes back.
 */
export function sse(path, on) {
  const source = new EventSource(path);
  for (const [name, handler] of Object.entries(on)) {
    source.addEventListener(name, (event) => handler("data" in event && event.data ? JSON.parse(event.data) : null, event));
  }
  return source;
}
