/** What is looked at, in the page's address, so that a link leads back to it. */

const WAIT_MS = 400; // browsers allow a hundred changes in ten seconds

const params = new URLSearchParams(location.search);
let timer = null;

/** What the address says, or the given default. */
export const recall = (name, otherwise = "") => params.get(name) ?? otherwise;

/** Writes values into the address; those that are null or empty go. */
export function remember(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, String(value));
  }
  timer ??= setTimeout(() => {
    timer = null;
    history.replaceState(null, "", `${location.pathname}?${params}`);
  }, WAIT_MS);
}
