/** The strip above the runs: how many came out how, which are filters of the table, and how far all of it is. */

import { $, h, refill } from "../dom.js";
import { left, many, percent, signOf } from "./words.js";

const SIGNS = [["✅", "good", "good"], ["⚠️", "check", "to check"], ["❌", "bad", "without a map"]];
const STATES = [["running", "running"], ["waiting", "waiting"], ["interrupted", "interrupted"]];

/** Shows a summary; `chosen` is the kind that the table is held to, and `choose(kind)` changes it. */
export function showSummary(summary, { pending, chosen, choose }) {
  const chip = (kind, count, words) =>
    h("button", { class: `chip ${kind}`, "aria-pressed": String(chosen === kind), data: { kind }, onclick: () => choose(chosen === kind ? "" : kind) },
      signOf(kind), h("strong", {}, count.toLocaleString("en")), h("span", {}, words));
  const busy = STATES.filter(([state]) => summary.states[state] || chosen === state);
  const focused = document.activeElement?.dataset?.kind;
  document.body.classList.toggle("nothing", summary.runs === 0 && !pending);
  refill($("summary"),
    h("div", { class: "chips", role: "group", "aria-label": "Show only" },
      SIGNS.map(([sign, kind, words]) => chip(kind, summary.signs[sign], words)),
      busy.length ? h("span", { class: "between" }) : null,
      busy.map(([state, words]) => chip(state, summary.states[state], words))),
    h("span", { class: "grow" }),
    pending ? h("span", { class: "muted" }, `reading ${many(pending, "more folder")} …`) : null,
    summary.runs && (busy.length || summary.done < 1) ? progress(summary) : h("span", { class: "muted" }, many(summary.runs, "run")));
  if (focused) $("summary").querySelector(`[data-kind="${focused}"]`)?.focus();
}

function progress(summary) {
  const over = summary.states.done + summary.states.failed;
  const words = [`${over} of ${many(summary.runs, "run")} done`, left(summary.eta_s)].filter(Boolean).join(", ");
  return h("div", { class: "whole" },
    h("span", {}, words),
    h("div", { class: "bar", role: "progressbar", "aria-label": "All runs", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(summary.done * 100)) },
      h("span", { style: { width: `${summary.done * 100}%` } })),
    h("strong", { class: "number" }, percent(summary.done)));
}

/** Runs that came to nothing, by what went wrong; `open(run)` shows one. */
export function failures(groups, open) {
  const most = 6;
  return groups.length === 0 ? null : h("section", { class: "card panel" }, h("h2", {}, "What went wrong"),
    h("ul", { class: "failures" }, groups.map((group) => h("li", {},
      h("p", {}, h("strong", {}, `${group.runs.length}×`), " ", group.reason || group.code),
      h("p", { class: "links" }, group.runs.slice(0, most).map((run) => h("button", { class: "link", onclick: () => open(run), title: run }, run.split("/").pop())),
        group.runs.length > most ? h("span", { class: "muted" }, `and ${group.runs.length - most} more`) : null)))));
}
