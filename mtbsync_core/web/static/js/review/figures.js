/** Figures: the delta in short, how much of the trail is covered, how well the pairs agree, markers by confidence. */

import { h, refill, svg } from "../dom.js";
import { length, signed } from "./times.js";

const QUALITY = {
  local_evidence_per_s: "Evidence of single places, per second",
  witnessed_per_s: "The same by the other describer, per second",
  verified_frac: "Moments at which corners agree",
  verified_by_chance: "The same at wrong places",
  verified_nats: "Weight of the corners",
  sigma_scale: "Deviations, scaled by held-out anchors",
  zoom: "Ratio of the angles of view",
  pace: "Pace of the pictures",
};

export class Figures {
  constructor(desk) {
    this.desk = desk;
    this.element = h("div", { class: "scroll figures" });
    desk.store.subscribe(() => this.draw());
  }

  draw() {
    const { summary, coverage, pairs, histogram, quality, markers } = this.desk.state;
    const used = pairs.residual_s.filter((off, i) => pairs.valid[i] && off !== null).map(Math.abs).sort((a, b) => a - b);
    const quantile = (share) => used[Math.min(Math.floor(used.length * share), used.length - 1)];
    const mean = used.length ? used.reduce((sum, one) => sum + one, 0) / used.length : null;
    refill(this.element,
      block("Time delta at the markers", { "Mean size": length(summary.mae), Median: signed(summary.median), "P90 of its size": length(summary.p90), Markers: String(summary.count) }),
      block("Cover", { "Of the reference": `${Math.round(100 * coverage.share)} %`, "Parts without a place": String(coverage.gaps_s.length), Pairs: String(pairs.t_ref.length), "Used by the map": String(used.length) }),
      block("Residuals of the pairs", { "Mean size": length(mean, 3), Median: length(quantile(0.5), 3), P90: length(quantile(0.9), 3), P95: length(quantile(0.95), 3) }),
      h("h3", {}, "Markers by confidence"),
      markers.length ? bars(histogram) : h("p", { class: "muted" }, "No markers."),
      Object.keys(quality ?? {}).length ? block("What the verdict is based on", Object.fromEntries(Object.entries(quality).filter(([, value]) => value !== null).map(([name, value]) => [QUALITY[name] ?? name, typeof value === "number" ? String(Number(value.toPrecision(3))) : String(value)]))) : null);
  }
}

function block(title, rows) {
  return [h("h3", {}, title), h("dl", { class: "numbers" }, Object.entries(rows).map(([name, value]) => [h("dt", {}, name), h("dd", { class: "number" }, value)]))];
}

/** Bars of a histogram with their numbers; read out as a sentence. */
function bars({ edges, counts }) {
  const most = Math.max(1, ...counts);
  const percent = (edge) => `${Math.round(100 * edge)}`;
  const said = counts.map((count, i) => (count ? `${count} from ${percent(edges[i])} to ${percent(edges[i + 1])} %` : "")).filter(Boolean).join(", ");
  const [wide, high] = [100 / counts.length, 40];
  return h("div", { class: "histogram", role: "img", "aria-label": `Markers by confidence: ${said}` },
    svg("svg", { viewBox: `0 0 100 ${high}`, preserveAspectRatio: "none" },
      counts.map((count, i) => svg("rect", { x: String(i * wide + 0.6), width: String(wide - 1.2), y: String(high - (high * count) / most), height: String((high * count) / most), class: edges[i + 1] > 0.5 ? "" : "low" }))),
    h("div", { class: "counts" }, counts.map((count) => h("span", {}, count ? String(count) : ""))),
    h("div", { class: "edges muted" }, h("span", {}, "0 %"), h("span", {}, "50 %"), h("span", {}, "100 %")));
}
