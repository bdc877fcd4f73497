/** Elements made by functions. Text is always set as text, so no name from a file can become markup. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, options, children) {
  for (const [key, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.setAttribute("class", value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "style") for (const [name, what] of Object.entries(value)) element.style.setProperty(name, what);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "selected") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element: `h("button", {class: "main", onclick: f, "aria-pressed": "true"}, "Save")`. */
export const h = (tag, options = {}, ...children) => fill(document.createElement(tag), options, children);

/** The same of SVG. */
export const svg = (tag, options = {}, ...children) => fill(document.createElementNS(SVG, tag), options, children);

/** The element of this id, which the page must have. */
export function $(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/** Puts other children in the place of all that were there. */
export function refill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets the text where it differs, so that nothing is laid out anew for the same words. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The colour that a custom property of the stylesheet stands for now, as canvas takes it: `colour("--ref")`. */
export function colour(name) {
  const probe = h("i", { hidden: true, style: { color: `var(${name})` } });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

let toast = null;

/** A line in the corner, read out by screen readers; an error stays longer and says its hint. */
export function tell(what) {
  const failed = what instanceof Error;
  const text = failed && what.hint ? `${what.message} ${what.hint}` : failed ? what.message : what;
  toast?.element.remove();
  clearTimeout(toast?.timer);
  const element = h("div", { class: failed ? "toast bad" : "toast", role: failed ? "alert" : "status" }, text);
  document.body.append(element);
  toast = { element, timer: setTimeout(() => element.remove(), failed ? 9000 : 3500) };
}
