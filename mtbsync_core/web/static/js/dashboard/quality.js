/** The newest run held against those before it, and how quality and seconds went from run to run. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { spark } from "./spark.js";
import { clock, figure, many, signOf } from "./words.js";

const FIGURES = [["p90_s", "P90, s", 2], ["res_p90", "Residual P90, s", 2], ["inlier_frac", "Inlier share", 2], ["ppm", "Drift, ppm", 0]];
const STATUS = {
  OK: ["good", "As good as the runs before it"], WARN: ["check", "Worse than the runs before it"],
  FAIL: ["bad", "Much worse than the runs before it"], LEARNING: ["waiting", "Too few runs to compare with yet"],
};
const TIMINGS = [["total_sec", "In all"], ["decode_sec", "Decode"], ["retrieval_sec", "Compare"], ["refine_sec", "Refine"], ["warp_sec", "Warp"]];
const NEWEST = 100;

/** The card of the newest run's quality; nothing where there is no history. */
export async function regressionCard() {
  const found = await get("/api/regression");
  if (!STATUS[found.status]) {
    return h("section", { class: "card panel" }, h("h2", {}, "Quality from run to run"),
      h("p", { class: "muted" }, "No history yet. A batch keeps one, and so does sync with --fail-on-regression."));
  }
  const [kind, words] = STATUS[found.status];
  const judged = Object.values(found.deltas ?? {});
  const change = (delta) => (delta.baseline ? `${delta.current >= delta.baseline ? "+" : "−"}${Math.abs(Math.round((delta.current / delta.baseline - 1) * 100))} %` : "");
  return h("section", { class: "card panel", id: "regression", data: { status: found.status } }, h("h2", {}, "Quality from run to run"),
    h("p", { class: "status" }, signOf(kind), h("strong", {}, words), h("span", { class: "muted", title: found.run }, found.run.split("/").pop())),
    found.reasons.length && found.status !== "OK" ? h("ul", { class: "reasons" }, found.reasons.map((reason) => h("li", {}, reason))) : null,
    judged.length ? h("table", { class: "small" },
      h("thead", {}, h("tr", {}, h("th", {}, "Figure"), ["now", "median", "change"].map((name) => h("th", { class: "number" }, name)), h("th", { class: "way" }, "runs"))),
      h("tbody", {}, FIGURES.filter(([name]) => found.deltas[name]).map(([name, title, decimals]) => {
        const delta = found.deltas[name];
        const values = found.history.map((row) => row[name] ?? null);
        return h("tr", { data: { kind: STATUS[delta.status]?.[0] ?? "" } }, h("td", {}, title),
          h("td", { class: "number" }, figure(delta.current, decimals)), h("td", { class: "number" }, figure(delta.baseline, decimals)),
          h("td", { class: "number" }, delta.current === null || delta.baseline === null ? "" : change(delta)),
          h("td", {}, spark(values, { label: `${title} of the last ${many(values.length, "run")}`, lines: delta.baseline === null ? [] : [{ at: delta.baseline, class: "base" }] })));
      }))) : null,
    h("p", { class: "muted" }, found.used ? `Against the median of ${many(found.used, "run")} before it.` : `${many(found.n_history, "run")} so far; ${found.needed} are needed.`));
}

/** Sparklines of the seconds of runs, by when they ended; nothing with fewer than two. */
export function timings(rows) {
  const done = rows.filter((row) => row.timings.total_sec !== undefined).sort((a, b) => a.changed - b.changed).slice(-NEWEST);
  if (done.length < 2) return null;
  return h("section", { class: "card panel" }, h("h2", {}, "Seconds of the last runs"),
    h("table", { class: "small" },
      h("thead", {}, h("tr", {}, h("th", {}, "Stage"), h("th", { class: "way" }, `last ${many(done.length, "run")}`), ["newest", "median"].map((name) => h("th", { class: "number" }, name)))),
      h("tbody", {}, TIMINGS.map(([name, title]) => {
        const values = done.map((row) => row.timings[name] ?? null);
        const known = values.filter((v) => v !== null).sort((a, b) => a - b);
        return known.length ? h("tr", {}, h("td", {}, title), h("td", {}, spark(values, { label: `${title}: seconds of the last ${many(values.length, "run")}`, from: 0 })),
          h("td", { class: "number" }, clock(values.at(-1))), h("td", { class: "number" }, clock(known[Math.floor(known.length / 2)]))) : null;
      }))));
}
