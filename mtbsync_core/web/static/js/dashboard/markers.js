/** Marker files of all runs: choose one, see it as a table, take it along as CSV or JSON. */

import { get, post, url } from "../api.js";
import { h, refill, tell } from "../dom.js";
import { recall, remember } from "../address.js";
import { many } from "./words.js";

const MOST = 500;

/** Fills `pane`; `show()` looks again, at the file of `run` where one is chosen. */
export class Markers {
  constructor(pane, writable) {
    this.writable = writable;
    this.choice = h("select", { "aria-label": "Marker file", onchange: () => this.load(this.choice.value) });
    this.csv = h("a", { class: "button", download: "" }, "CSV");
    this.json = h("button", { onclick: () => this.save() }, "Write JSON beside it");
    this.count = h("span", { class: "muted", role: "status" });
    this.body = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Markers" });
    this.tools = h("div", { class: "tools" }, this.choice, this.csv, this.json, h("span", { class: "grow" }), this.count);
    pane.append(this.tools, this.body);
  }

  async show(run) {
    const file = run && run !== this.run ? "" : recall("file");
    this.run = run;
    await this.load(file, run && !file ? run : null);
  }

  async load(file, run = null) {
    try {
      let found = await get(url("/api/markers", { file: file || null }));
      if (run) {
        const own = found.files.find((name) => name.startsWith(run === "." ? "" : `${run}/`));
        if (own && own !== found.file) found = await get(url("/api/markers", { file: own }));
      }
      this.put(found);
    } catch (error) {
      if (file) { await this.load(""); return; }
      refill(this.body, h("p", { class: "empty" }, error.message));
    }
  }

  put(found) {
    remember({ file: found.file ?? "" });
    this.tools.hidden = found.file === null;
    if (found.file === null) {
      refill(this.body, h("div", { class: "empty" }, h("p", {}, "No run here has markers yet."), h("p", { class: "muted" }, "align, and batch with --markers, write new_markers.csv.")));
      return;
    }
    this.file = found.file;
    refill(this.choice, found.files.map((name) => h("option", { value: name }, name)));
    this.choice.value = found.file;
    this.csv.href = `/files/${found.file.split("/").map(encodeURIComponent).join("/")}`;
    this.json.disabled = !this.writable;
    this.json.title = this.writable ? "" : "Start the dashboard with --allow-write to write files from here";
    const shown = found.rows.slice(0, MOST);
    const headers = found.headers.filter((name) => found.rows.some((row) => row[name]));
    const numeric = new Set(headers.filter((name) => found.rows.every((row) => row[name] === "" || Number.isFinite(Number(row[name])))));
    const kind = (name) => (numeric.has(name) ? "number" : null);
    this.count.textContent = many(found.rows.length, "marker") + (shown.length < found.rows.length ? `, the first ${MOST} shown` : "");
    refill(this.body,
      found.problems.length ? h("ul", { class: "problems check" }, found.problems.map((text) => h("li", {}, text))) : null,
      h("table", {}, h("thead", {}, h("tr", {}, headers.map((name) => h("th", { scope: "col", class: kind(name) }, name)))),
        h("tbody", {}, shown.map((row) => h("tr", { class: row.needs_review === "true" ? "check-row" : null }, headers.map((name) => h("td", { class: kind(name) }, cell(name, row[name]))))))));
  }

  async save() {
    try {
      const done = await post("/api/export-json", { in_csv: this.file, out_json: this.file.replace(/\.csv$/i, ".rows.json") });
      tell(`${many(done.markers, "marker")} written: ${done.path}`);
    } catch (error) {
      tell(error);
    }
  }
}

function cell(name, text) {
  if (["colour", "color"].includes(name) && /^[A-Z][a-z]+$/.test(text ?? "")) return [h("span", { class: `swatch hue-${text}` }), ` ${text}`];
  return /^-?\d+\.\d{4,}$/.test(text ?? "") ? Number(text).toFixed(3) : text ?? "";
}
