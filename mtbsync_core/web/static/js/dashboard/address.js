/** What is shown, in the address of the page: it survives a reload and can be sent to others. */

/** The value of a name, or "". */
export const told = (name) => new URLSearchParams(location.search).get(name) ?? "";

/** Writes values into the address; empty ones are left out. */
export function tellAddress(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}
