/** Light or dark: as the system says, until the button `#theme` of the page is used; kept in this browser. */

const KEY = "mtbsync-theme";
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

const now = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

function changed() {
  const button = document.getElementById("theme");
  if (button) {
    button.textContent = now() === "dark" ? "☀" : "☾";
    button.setAttribute("aria-label", now() === "dark" ? "Light colours" : "Dark colours");
    button.title = button.getAttribute("aria-label");
  }
  for (const listener of listeners) listener(now());
}

/** Calls `listener` whenever the colours change: what is drawn on a canvas has to be drawn again. */
export function onTheme(listener) {
  listeners.push(listener);
}

export function switchTheme() {
  root.dataset.theme = now() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, root.dataset.theme);
  changed();
}

const kept = localStorage.getItem(KEY);
if (kept === "dark" || kept === "light") root.dataset.theme = kept;
dark.addEventListener("change", changed);
document.getElementById("theme")?.addEventListener("click", switchTheme);
changed();
