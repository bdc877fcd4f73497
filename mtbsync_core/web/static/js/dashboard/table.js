/** The table of all runs: sorted, searched, held to one kind of result, and changed in place as runs go on. */

import { h, refill, say } from "../dom.js";
import { recall, remember } from "../address.js";
import { clock, figure, kindOf, left, moment, nameOf, percent, result, signOf, wordOf } from "./words.js";

const TIMINGS = [["decode_sec", "Decode"], ["retrieval_sec", "Compare"], ["refine_sec", "Refine"], ["warp_sec", "Warp"], ["markers_sec", "Files"]];
const ORDER = ["running", "interrupted", "bad", "check", "good", "waiting"];
const PORTION = 150; // rows that come into the document at once
const P90_HINT = "Seconds within which nine of ten places are expected; where no map says it, nine of ten pairs lie";

const p90 = (row) => row.p90_s ?? row.residual_p90_s;
const when = (row) => (row.state === "waiting" ? null : (Date.parse(row.ended_at ?? row.started_at) || row.changed * 1000 || null));
const newest = (row) => (row.state === "running" ? Infinity : when(row)); // what is at work comes first, what waits last

function saying(row) {
  if (row.state === "running") return progress(row);
  return h("span", { class: "reasons", title: row.reasons || null }, row.reasons);
}

function progress(row) {
  const share = row.done ?? row.stage_done;
  const words = [row.stage || "starting", share === null ? "" : percent(share), left(row.eta_s, "")].filter(Boolean).join(" · ");
  return h("span", { class: "going" },
    h("span", { class: "bar" }, h("span", { style: { width: `${(share ?? 0) * 100}%` } })), h("span", {}, words));
}

const marked = (row) =>
  row.markers === null ? "" : [row.needs_review ? h("span", { class: "look", title: `${row.needs_review} need a look` }, signOf("check"), h("span", { class: "only-read" }, "to check "), ` ${row.needs_review} of `) : null, String(row.markers)];

/** [id, title, what it is sorted by, what is shown, class, hint] */
const COLUMNS = [
  ["result", "Result", (row) => ORDER.indexOf(kindOf(row)), result],
  ["run", "Run", (row) => row.title, (row) => h("a", { href: `?run=${encodeURIComponent(row.run)}`, title: row.title }, nameOf(row.title)), "run"],
  ["what", "What it says", (row) => row.done ?? row.reasons, saying, "what"],
  ...TIMINGS.map(([id, title]) => [id, title, (row) => row.timings[id] ?? null, (row) => clock(row.timings[id]), "number seconds"]),
  ["p90", "P90", p90, (row) => figure(p90(row), 2, " s"), "number", P90_HINT],
  ["coverage", "Covered", (row) => row.coverage, (row) => percent(row.coverage), "number", "Share that has a place in the other run"],
  ["markers", "Markers", (row) => row.markers, marked, "number markers"],
  ["took", "Took", (row) => row.seconds, (row) => clock(row.seconds), "number"],
  ["rider", "Rider", (row) => row.rider, (row) => row.rider ?? "", "rider"],
  ["when", "When", newest, (row) => moment(when(row) === null ? null : when(row) / 1000), "when"],
];

function fill(tr, row) {
  tr.dataset.kind = kindOf(row);
  return refill(tr, COLUMNS.map(([, , , shown, kind]) => h("td", { class: kind }, shown(row))));
}

/** The table, inside `pane`; `choose(run)` is called for the run that is clicked. */
export class Table {
  constructor(pane, choose) {
    this.choose = choose;
    this.rows = new Map(); // run: {row, tr, text}; tr is null until it is shown
    this.order = []; // the runs that fit, sorted
    this.most = PORTION; // of these, how many are in the document
    this.chosen = null;
    this.kind = recall("show");
    const [by, down] = (recall("sort") || "when-").match(/^(\w+?)(-?)$/)?.slice(1) ?? ["when", "-"];
    this.by = COLUMNS.some((column) => column[0] === by) ? by : "when";
    this.down = down === "-";
    this.search = h("input", { type: "search", placeholder: "Search runs, riders, reasons", "aria-label": "Search", value: recall("q"), oninput: () => this.show() });
    this.count = h("span", { class: "muted", role: "status" });
    this.seconds = h("button", { "aria-pressed": String(recall("seconds") === "1"), title: "The seconds of each stage in place of what a run says", onclick: () => this.switchSeconds() }, "Seconds by stage");
    this.heads = h("tr");
    this.body = h("tbody", { onclick: (event) => this.clicked(event) });
    this.table = h("table", { class: "runs" }, h("thead", {}, this.heads), this.body);
    this.empty = h("div", { class: "empty", hidden: true });
    this.scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs", onscroll: () => this.scrolled() }, this.table, this.empty);
    pane.append(h("div", { class: "tools" }, this.search, this.seconds, h("span", { class: "grow" }), this.count), this.scroll);
    this.table.classList.toggle("by-stage", recall("seconds") === "1");
    this.showHeads();
  }

  /** Take all rows. */
  replace(rows) {
    this.rows.clear();
    this.update(rows, []);
  }

  /** Take rows that are new or other now, and drop those that are gone. */
  update(rows, gone) {
    for (const run of gone) this.rows.delete(run);
    for (const row of rows) {
      const tr = this.rows.get(row.run)?.tr ?? null;
      const text = [row.title, row.rider, row.bike, row.date, row.notes, row.reasons, row.reference, row.new, wordOf(row), row.stage].join("\n").toLowerCase();
      if (tr) fill(tr, row);
      this.rows.set(row.run, { row, tr, text });
    }
    this.show();
  }

  row(run) {
    return this.rows.get(run)?.row ?? null;
  }

  hold(kind) {
    this.kind = kind;
    this.show();
  }

  choosing(run) {
    this.rows.get(this.chosen)?.tr?.removeAttribute("aria-current");
    this.chosen = run;
    this.mark();
  }

  /** Goes to another row of those shown: by one (1, -1) or to an end (Infinity, -Infinity). */
  step(by) {
    const runs = this.order;
    const at = runs.indexOf(this.chosen);
    const to = Number.isFinite(by) ? (at < 0 ? (by > 0 ? 0 : runs.length - 1) : at + by) : by > 0 ? runs.length - 1 : 0;
    const run = runs[Math.max(0, Math.min(runs.length - 1, to))];
    if (!run) return;
    this.choose(run);
    this.see(run);
  }

  clicked(event) {
    const run = event.target.closest("tr")?.dataset.run;
    if (!run || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(run);
  }

  switchSeconds() {
    const on = this.table.classList.toggle("by-stage");
    this.seconds.setAttribute("aria-pressed", String(on));
    remember({ seconds: on ? "1" : "" });
  }

  sort(by) {
    this.down = this.by === by ? !this.down : ["when", "p90", "took"].includes(by);
    this.by = by;
    this.showHeads();
    this.show();
  }

  showHeads() {
    refill(this.heads, COLUMNS.map(([id, title, , , kind, hint]) =>
      h("th", { class: kind, scope: "col", "aria-sort": this.by === id ? (this.down ? "descending" : "ascending") : null },
        h("button", { class: "plain", onclick: () => this.sort(id), title: hint ?? null }, title))));
  }

  show() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const key = COLUMNS.find((column) => column[0] === this.by)[2];
    this.order = [...this.rows.values()]
      .filter(({ row, text }) => (!this.kind || kindOf(row) === this.kind) && words.every((word) => text.includes(word)))
      .map((one) => ({ ...one, key: key(one.row) }))
      .sort((a, b) => this.compare(a, b))
      .map((one) => one.row.run);
    this.put();
    const all = this.rows.size, shown = this.order.length;
    say(this.count, shown === all ? "" : `${shown} of ${all} shown`);
    this.empty.hidden = shown > 0;
    this.table.hidden = all === 0;
    this.table.classList.toggle("with-rider", [...this.rows.values()].some(({ row }) => row.rider));
    if (!shown) refill(this.empty, all ? "No run fits this search." : this.nothing ?? "");
    remember({ q: this.search.value, show: this.kind, sort: this.by === "when" && this.down ? "" : this.by + (this.down ? "-" : "") });
  }

  /** Puts the first of those that fit into the document; more of them come as the table is scrolled. */
  put() {
    const wanted = this.order.slice(0, this.most).map((run) => {
      const one = this.rows.get(run);
      return (one.tr ??= fill(h("tr", { data: { run } }), one.row));
    });
    const same = wanted.length === this.body.children.length && wanted.every((tr, k) => tr === this.body.children[k]);
    if (!same) this.body.replaceChildren(...wanted);
    this.mark();
  }

  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroll;
    if (this.most >= this.order.length || scrollTop + 2 * clientHeight < scrollHeight) return;
    this.most += PORTION;
    this.put();
  }

  /** Scrolls to a run. */
  see(run) {
    const at = this.order.indexOf(run);
    if (at < 0) return;
    if (at >= this.most) {
      this.most = at + PORTION;
      this.put();
    }
    this.rows.get(run).tr.scrollIntoView({ block: "nearest" });
  }

  compare(a, b) {
    if (a.key === b.key) return a.row.title.localeCompare(b.row.title, undefined, { numeric: true });
    if (a.key === null || a.key === undefined) return 1; // what is not known comes last, either way
    if (b.key === null || b.key === undefined) return -1;
    const order = typeof a.key === "string" ? a.key.localeCompare(b.key, undefined, { numeric: true }) : a.key < b.key ? -1 : 1;
    return this.down ? -order : order;
  }

  mark() {
    this.rows.get(this.chosen)?.tr?.setAttribute("aria-current", "true");
  }
}
