/** Sparklines: small lines without axes, gaps where nothing is known. */

import { svg } from "../dom.js";

const WIDE = 100, HIGH = 24, EDGE = 2;

/**
 * A line through `values`, oldest first; null is a gap. `lines` are levels: `{at, class}` across the whole width.
 * The words for those who do not see it are `label`.
 */
export function spark(values, { label, lines = [], from = null } = {}) {
  const known = [...values, ...lines.map((line) => line.at)].filter((v) => v !== null && v !== undefined);
  const low = from ?? Math.min(...known), high = Math.max(...known);
  const x = (k) => EDGE + (k / Math.max(1, values.length - 1)) * (WIDE - 2 * EDGE);
  const y = (v) => HIGH - EDGE - (high > low ? (v - low) / (high - low) : 0.5) * (HIGH - 2 * EDGE);
  const path = [];
  let last = null, joined = false;
  values.forEach((v, k) => {
    if (v === null || v === undefined) { joined = false; return; }
    const place = `${x(k).toFixed(2)} ${y(v).toFixed(2)}`;
    path.push(joined ? `L${place}` : `M${place}`);
    if (!joined) path.push("h0"); // a point between two gaps is a dot
    joined = true;
    last = place;
  });
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    lines.map((line) => svg("path", { class: line.class, d: `M0 ${y(line.at).toFixed(2)}H${WIDE}` })),
    svg("path", { class: "way", d: path.join("") }),
    last ? svg("path", { class: "end", d: `M${last}h0` }) : null);
}
