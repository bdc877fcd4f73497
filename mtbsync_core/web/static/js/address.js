/** What is looked at, in the page's address, so that it survives a reload and a link leads back to it. */

const WAIT_MS = 400; // browsers allow a hundred changes in ten seconds

const params = new URLSearchParams(location.search);
let waiting = null;

/** What the address says, or the given default. */
export const recall = (name, otherwise = "") => params.get(name) ?? otherwise;

/** Writes values into the address; those that are null or empty go. */
export function remember(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, String(value));
  }
  const text = params.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

/** The same a moment later, all at once: for what changes as fast as a key repeats. */
export function rememberSoon(values) {
  if (!waiting) setTimeout(() => { remember(waiting); waiting = null; }, WAIT_MS);
  waiting = { ...waiting, ...values };
}
