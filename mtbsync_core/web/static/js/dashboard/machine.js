/** What runs took of the machine: five charts on one axis, filters, smoothing, CSV. */

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { get, post, url } from "../api.js";
import { colour, h, refill, say, tell } from "../dom.js";
import { onTheme } from "../theme.js";
import { recall, remember } from "../address.js";
import { FIELDS, chosen, csv, merged, smoothed, spread } from "./series.js";
import { figure, many, moment } from "./words.js";

const HOUR_MS = 3600_000;
const SPANS = [["", "All time"], ["1", "Last hour"], ["24", "Last day"], ["168", "Last week"], ["720", "Last 30 days"], ["between", "Between …"]];
const FEW = 60; // points that are drawn as dots too

/** The charts in `pane`, of the newest `limit` runs; `choose(run)` is called for a point that is clicked. */
export class Machine {
  constructor(pane, { limit, choose = null, writable = false }) {
    Object.assign(this, { limit, choose, points: [], shown: [], plots: [], loaded: false });
    this.fields = recall("fields") ? recall("fields").split(",") : FIELDS.map(([name]) => name);
    const input = (options) => h("input", { ...options, onchange: () => this.draw() });
    this.span = h("select", { "aria-label": "Time", onchange: () => this.draw() }, SPANS.map(([value, title]) => h("option", { value }, title)));
    this.from = input({ type: "datetime-local", "aria-label": "From", hidden: true });
    this.to = input({ type: "datetime-local", "aria-label": "To", hidden: true });
    this.recent = input({ type: "number", min: "1", max: String(limit), placeholder: "all", class: "brief", value: recall("recent") });
    this.smooth = input({ type: "checkbox", checked: recall("smooth") !== "" });
    this.window = input({ type: "number", min: "2", max: "50", class: "brief", "aria-label": "Runs that are averaged", value: recall("smooth") || "5" });
    this.axis = h("select", { "aria-label": "Axis", onchange: () => this.draw() }, h("option", { value: "" }, "Run by run"), h("option", { value: "time" }, "True to time"));
    this.axis.value = recall("axis");
    this.span.value = recall("span");
    this.from.value = recall("from");
    this.to.value = recall("to");
    this.says = h("span", { class: "muted says", role: "status" });
    this.charts = h("div", { class: "charts" });
    this.empty = h("div", { class: "empty", hidden: true });
    pane.append(
      h("div", { class: "tools" }, this.span, this.from, this.to, h("label", {}, "newest ", this.recent), this.axis,
        h("label", {}, this.smooth, " smooth over "), this.window,
        h("span", { class: "grow" }), h("button", { onclick: () => this.save(), title: "The shown runs and figures (C)" }, "Save CSV")),
      h("div", { class: "tools second" }, FIELDS.map(([name, title]) => h("label", {},
        h("input", { type: "checkbox", checked: this.fields.includes(name), onchange: (event) => this.toggle(name, event.target.checked) }), ` ${title}`)),
      h("span", { class: "grow" }), this.says),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Charts" }, this.charts, this.empty, choose ? prune(writable, () => this.load()) : null));
    new ResizeObserver(() => this.resize()).observe(this.charts);
    onTheme(() => this.draw());
  }

  /** Asks for the points, once or again. */
  async load() {
    try {
      const found = await get(url("/api/perf/history", { limit: this.limit, fields: [...FIELDS.map(([name]) => name), "total_sec"].join(",") }));
      this.points = merged([], found.items, this.limit);
      this.loaded = true;
      this.draw();
    } catch (error) {
      this.empty.hidden = false;
      say(this.empty, error.message);
    }
  }

  /** Takes points that are new. */
  add(fresh) {
    if (!this.loaded) return;
    this.points = merged(this.points, fresh, this.limit);
    this.draw();
  }

  toggle(name, on) {
    this.fields = FIELDS.map(([field]) => field).filter((field) => (field === name ? on : this.fields.includes(field)));
    this.draw();
  }

  range() {
    const between = this.span.value === "between";
    const at = (input) => (between && input.value ? new Date(input.value).getTime() : null);
    const from = this.span.value && !between ? Date.now() - Number(this.span.value) * HOUR_MS : at(this.from);
    return { from, to: at(this.to), recent: Number(this.recent.value) || null };
  }

  /** Back to the whole time. */
  reset() {
    this.span.value = this.recent.value = "";
    this.draw();
  }

  draw() {
    this.from.hidden = this.to.hidden = this.span.value !== "between";
    const window = this.smooth.checked ? Math.max(2, Math.min(50, Math.round(Number(this.window.value)) || 5)) : 0;
    this.window.disabled = !this.smooth.checked;
    remember({
      span: this.span.value, from: this.span.value === "between" ? this.from.value : "", to: this.span.value === "between" ? this.to.value : "",
      recent: this.recent.value, smooth: window ? String(window) : "", axis: this.axis.value,
      fields: this.fields.length === FIELDS.length ? "" : this.fields.join(","),
    });
    this.shown = chosen(this.points, this.range());
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    const shown = this.shown;
    const ends = shown.length ? [shown[0].at, shown.at(-1).at].map((at) => moment(at / 1000, true)) : [];
    say(this.says, shown.length ? `${many(shown.length, "run")}, ${ends[0]} to ${ends[1]}` : "");
    this.empty.hidden = shown.length > 0 || !this.loaded;
    if (!shown.length) {
      this.charts.replaceChildren();
      say(this.empty, this.points.length ? "No run was made in this time." : "No run here has a perf.json yet. sync, align and batch write one.");
      return;
    }
    const fields = FIELDS.filter(([name]) => this.fields.includes(name));
    refill(this.charts, fields.map((field) => this.chart(field, window)));
    if (!fields.length) refill(this.charts, h("p", { class: "empty" }, "Choose a figure above."));
    this.resize();
  }

  chart([name, title, unit, decimals], window) {
    const values = this.shown.map((point) => point[name] ?? null);
    const found = spread(values);
    const write = (value) => figure(value, decimals, unit);
    const usual = found ? `mean ${write(found.mean)} · ${write(found.low)} to ${write(found.high)}` : "";
    const now = h("span", { class: "muted now" }, usual);
    const box = h("figure", { class: "chart", data: { field: name } }, h("figcaption", {}, h("strong", {}, title), now));
    if (!found) {
      box.append(h("p", { class: "nodata" }, name.startsWith("gpu") ? "Not measured: no NVIDIA GPU, or without the extra gpu." : "Not measured."));
      return box;
    }
    const words = `${title} of ${many(found.known, "run")}: ${usual}`;
    const canvas = h("div", { class: "plot", role: "img", "aria-label": words });
    box.append(canvas);
    const byTime = this.axis.value === "time";
    const x = this.shown.map((point, k) => (byTime ? point.at / 1000 : k + 1));
    const few = this.shown.length <= FEW, em = emPx(), fine = em / 13; // lines and dots grow with the letters
    const lines = [{ stroke: window ? colour("--edge") : colour("--ref"), width: (window ? 1 : 1.5) * fine, points: { show: few || undefined, size: 4 * fine } }];
    if (window) lines.push({ stroke: colour("--ref"), width: 2 * fine, points: { show: false } });
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: font() };
    queueMicrotask(() => {
      if (!canvas.isConnected) return;
      const plot = new uPlot({
        width: canvas.clientWidth || 300, height: canvas.clientHeight || 120, legend: { show: false }, padding: [6, 8, 0, 0],
        cursor: { sync: { key: "machine" }, drag: { x: true, y: false }, points: { size: 7 * fine } },
        scales: { x: { time: byTime }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
        series: [{}, ...lines],
        axes: [{ ...axis, size: 1.7 * em, space: 4.6 * em, ...(byTime ? {} : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }) }, { ...axis, size: 8 + 3.6 * em, space: 2.2 * em }],
        hooks: {
          setCursor: [(u) => {
            const k = u.cursor.idx;
            const point = k === null || k === undefined ? null : this.shown[k];
            say(now, point ? `${point.run} · ${moment(point.at / 1000, true)} · ${values[k] === null ? "not measured" : write(values[k])}` : usual);
          }],
          setSelect: [(u) => this.zoom(u)],
        },
      }, [x, values, ...(window ? [smoothed(values, window)] : [])], canvas);
      if (this.choose) plot.over.addEventListener("click", () => plot.cursor.idx !== null && !plot.select.width && this.choose(this.shown[plot.cursor.idx].run));
      this.plots.push(plot);
    });
    return box;
  }

  /** The stretch that was drawn with the mouse becomes the time that is shown, in all charts and in the CSV. */
  zoom(plot) {
    const { left, width } = plot.select;
    if (width < 6) return;
    const [a, b] = [plot.posToIdx(left), plot.posToIdx(left + width)];
    const local = (at, up) => {
      const date = new Date(up ? Math.ceil(at / 1000) * 1000 : Math.floor(at / 1000) * 1000);
      return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    };
    const ends = [this.shown[a].at, this.shown[b].at];
    this.from.step = this.to.step = "1";
    this.from.value = local(ends[0], false);
    this.to.value = local(ends[1], true);
    this.recent.value = "";
    this.span.value = "between";
    this.draw();
  }

  resize() {
    for (const plot of this.plots) {
      const box = plot.root.parentElement;
      if (box?.clientWidth) plot.setSize({ width: box.clientWidth, height: box.clientHeight });
    }
  }

  save() {
    const text = csv(this.shown, [...this.fields, "total_sec"]);
    const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: `machine-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** What the keys of this part do. */
  actions() {
    const flip = (box) => () => { box.checked = !box.checked; this.draw(); };
    return {
      smooth: flip(this.smooth), reset: () => this.reset(), csv: () => this.save(),
      axis: () => { this.axis.value = this.axis.value ? "" : "time"; this.draw(); },
    };
  }
}

const emPx = () => parseFloat(getComputedStyle(document.body).fontSize);
const font = () => `${Math.round(emPx() * 0.82 * devicePixelRatio) / devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;

/** Old perf.json can be deleted from here, after a look at which. */
function prune(writable, after) {
  const keep = h("input", { type: "number", min: "0", value: "200", class: "brief", "aria-label": "How many of the newest perf.json stay", disabled: !writable });
  const ask = async () => {
    try {
      const body = { keep: Math.max(0, Math.round(Number(keep.value) || 0)) };
      const would = await post("/api/prune", { ...body, dry_run: true });
      if (!would.files.length) { tell(`There are only ${would.result.kept}; nothing to delete.`); return; }
      confirm(would, async () => {
        const done = await post("/api/prune", body);
        tell(`${many(done.result.deleted, "file")} deleted, ${done.result.kept} kept.`);
        await after();
      });
    } catch (error) {
      tell(error);
    }
  };
  return h("p", { class: "prune muted" }, "Keep the newest ", keep, " perf.json ",
    h("button", { disabled: !writable, onclick: ask }, "Delete older …"),
    writable ? " Maps and markers stay." : " Only with --allow-write.");
}

function confirm(would, doIt) {
  const most = 12;
  const yes = async () => {
    dialog.close();
    try { await doIt(); } catch (error) { tell(error); }
  };
  const dialog = h("dialog", { "aria-label": "Delete old perf.json" },
    h("h2", {}, `Delete ${many(would.files.length, "perf.json")}?`),
    h("ul", { class: "muted" }, would.files.slice(0, most).map((name) => h("li", {}, name)), would.files.length > most ? h("li", {}, `and ${would.files.length - most} more`) : null),
    h("div", { class: "row" }, h("span", { class: "grow" }), h("button", { onclick: () => dialog.close() }, "Keep all"), h("button", { class: "main", onclick: yes }, "Delete")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
