/** The dashboard: all runs live, and beside them the chosen one, or what all come to. */

import { url } from "../api.js";
import { $, h, refill } from "../dom.js";
import { listen, showHelp } from "../keyboard.js";
import { recall, remember } from "../address.js";
import { showRun } from "./details.js";
import { Files } from "./files.js";
import { KEYS } from "./keys.js";
import { live } from "./live.js";
import { Machine } from "./machine.js";
import { Markers } from "./markers.js";
import { regressionCard, timings } from "./quality.js";
import { failures, showSummary } from "./summary.js";
import { Table } from "./table.js";

const QUIET_MS = 2000; // what concerns all runs is asked for at most so often
const writable = document.querySelector('meta[name="mtb-writable"]').content === "true";
const tabs = [...document.querySelectorAll('[role="tab"]')];
const side = $("side");

let data = null; // the newest summary, and how much is still to be read
let showing = null; // takes newer rows of the chosen run
let asked = null;

const table = new Table($("pane-runs"), choose);
const machine = new Machine($("pane-machine"), { limit: 500, choose, writable });
const panes = { runs: null, machine: () => machine.loaded || machine.load(), markers: () => markers.show(table.chosen), files: () => files.show() };
const markers = new Markers($("pane-markers"), writable);
const files = new Files($("pane-files"));
let tab = null;

function choose(run) {
  const row = run ? table.row(run) : null;
  table.choosing(row ? run : null);
  if (row || !run) remember({ run: run ?? "" }); // one that is still to be read stays in the address
  showing = null;
  if (row) showing = showRun(side, row, { close: () => choose(null), writable });
  else overview();
  if (tab === "markers" && row) markers.show(run);
}

function overview() {
  if (showing || !data) return;
  const cards = h("div", { class: "cards" });
  const rest = [failures(data.summary.failures, choose), timings([...table.rows.values()].map(({ row }) => row))];
  const waiting = side.querySelector("#regression")?.closest("section") ?? null;
  refill(cards, rest[0], waiting, rest[1]);
  refill(side, cards);
  regressionCard().then((card) => {
    if (showing || !cards.isConnected) return;
    refill(cards, rest[0], data.summary.runs ? card : null, rest[1]);
  }).catch(() => {});
}

function overviewSoon() {
  if (asked === null) asked = setTimeout(() => { asked = null; overview(); }, QUIET_MS);
}

function took(what) {
  data = { summary: what.summary, pending: what.pending };
  showSummary(data.summary, { pending: data.pending, chosen: table.kind, choose: (kind) => {
    table.hold(kind);
    showTab("runs");
    took(data);
  } });
  const { states, signs } = data.summary;
  const ended = signs["✅"] + signs["⚠️"] + signs["❌"];
  document.title = states.running + states.waiting ? `${ended}/${data.summary.runs} runs · mtbsync` : "Runs · mtbsync";
}

function showTab(name) {
  tab = name in panes ? name : "runs";
  for (const button of tabs) {
    const on = button.dataset.tab === tab;
    button.setAttribute("aria-selected", String(on));
    button.tabIndex = on ? 0 : -1;
    $(button.getAttribute("aria-controls")).hidden = !on;
  }
  remember({ tab: tab === "runs" ? "" : tab });
  panes[tab]?.();
}

function nothing(root) {
  return [h("p", {}, "No runs here yet."), h("p", { class: "muted" }, "This page shows them as they come, for example from"),
    h("code", {}, `mtbsync batch FOLDER --out-dir ${root}`)];
}

for (const button of tabs) {
  button.addEventListener("click", () => showTab(button.dataset.tab));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.code];
    if (!step) return;
    const next = tabs[(tabs.indexOf(button) + step + tabs.length) % tabs.length];
    showTab(next.dataset.tab);
    next.focus();
  });
}
$("help").addEventListener("click", () => showHelp(KEYS));
listen(KEYS, {
  next: () => tab === "runs" && table.step(1),
  previous: () => tab === "runs" && table.step(-1),
  first: () => tab === "runs" && table.step(-Infinity),
  last: () => tab === "runs" && table.step(Infinity),
  review: () => table.row(table.chosen)?.has_map && location.assign(url("/review", { run: table.chosen })),
  close: () => choose(null),
  search: () => { showTab("runs"); table.search.focus(); },
  ...Object.fromEntries(Object.keys(panes).map((name) => [name, () => showTab(name)])),
  help: () => showHelp(KEYS),
  ...Object.fromEntries(Object.entries(machine.actions()).map(([name, act]) => [name, () => tab === "machine" && act()])),
});
showTab(recall("tab") || "runs");

live({
  snapshot: (all) => {
    table.nothing = nothing(all.root);
    table.replace(all.rows);
    took(all);
    choose(table.chosen ?? (recall("run") || null));
    if (machine.loaded) machine.load();
  },
  runs: (what) => {
    table.update(what.rows, what.gone);
    took(what);
    const row = table.row(table.chosen);
    if (showing && !row) choose(null);
    else if (showing && what.rows.some((one) => one.run === row.run)) showing(row);
    else if (recall("run") && !table.chosen && table.row(recall("run"))) choose(recall("run"));
    if (!showing) overviewSoon();
  },
  perf: (point) => machine.add([point]),
});
