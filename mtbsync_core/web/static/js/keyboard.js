/**
 * Keys of a page from one table of rows `[code, modifiers, action, label, group]`: the handler and the help are made of it.
 * Keys are taken by their place (`event.code`), so they lie alike on every layout, and rest while someone types.
 */

import { h } from "./dom.js";

const NAMES = {
  Space: "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Comma: ",", Period: ".", Slash: "/",
  BracketLeft: "[", BracketRight: "]", Minus: "−", Equal: "=", Home: "Home", End: "End", Enter: "Enter", Escape: "Esc",
};
const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button])";

const held = (event) =>
  [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.shiftKey ? "Shift" : "", event.altKey ? "Alt" : ""].filter(Boolean).join("+");

/** Whether keys belong to what has the focus. */
export const typing = (target) => Boolean(target?.closest?.(TYPING) || document.querySelector("dialog[open]"));

/** Calls `actions[action](event)` for the keys of the table; an action that gives false leaves the key to the browser. */
export function listen(table, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event.target)) return;
    const pressed = event.target.closest?.("button, a, summary, [role=tab]");
    if (pressed && ["Space", "Enter"].includes(event.code)) return;
    if (event.target.type === "range" && event.code.startsWith("Arrow")) return;
    const row = table.find(([code, modifiers]) => code === event.code && modifiers === held(event));
    if (row && actions[row[2]]?.(event) !== false) event.preventDefault();
  });
  // A button that was clicked with the mouse gives the keys back to the page.
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && !event.target.closest("dialog")) event.target.closest("button")?.blur();
  });
}

/** How a row's keys are called: ["Shift", "←"]. */
export function keyNames([code, modifiers]) {
  const name = NAMES[code] ?? code.replace(/^(Key|Digit)/, "");
  return [...(modifiers ? modifiers.split("+") : []), name];
}

/** Shows the table in a dialog. */
export function showHelp(table) {
  const groups = Map.groupBy ? Map.groupBy(table, (row) => row[4]) : grouped(table);
  const columns = [...groups].map(([group, rows]) =>
    h("section", {}, h("h3", {}, group), h("dl", { class: "keys" }, rows.map((row) => [
      h("dt", {}, keyNames(row).map((name) => h("kbd", {}, name))),
      h("dd", {}, row[3]),
    ]))));
  const close = h("button", { onclick: () => dialog.close(), autofocus: true }, "Close");
  const dialog = h("dialog", { class: "help", "aria-label": "Keyboard" },
    h("div", { class: "row" }, h("h2", { class: "grow" }, "Keyboard"), close), h("div", { class: "columns" }, columns));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function grouped(table) {
  const groups = new Map();
  for (const row of table) groups.set(row[4], [...(groups.get(row[4]) ?? []), row]);
  return groups;
}
