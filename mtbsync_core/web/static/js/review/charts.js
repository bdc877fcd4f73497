/** Below the pictures: the time delta with its 90 % band, or the residuals of all pairs; one cursor with the players. */

import { $, colour, h, refill } from "../dom.js";
import { onTheme } from "../theme.js";
import { deltaChart, residualChart } from "./plots.js";
import { signed } from "./times.js";

const KINDS = { delta: "Time delta", residuals: "Residuals" };

export class Charts {
  /** @param {(span: number[]|null) => void} onSpan hears which part of the reference is shown, in seconds */
  constructor(desk, { kind = "delta", axis = "time" }, onSpan) {
    this.desk = desk;
    this.kind = kind in KINDS ? kind : "delta";
    this.axis = axis;
    this.onSpan = onSpan;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Chart" }, Object.entries(KINDS).map(([key, label]) =>
      h("button", { role: "tab", id: `chart-${key}`, "aria-controls": "chart", "aria-selected": "false", onclick: () => this.show(key) }, label)));
    this.along = h("select", { id: "axis", "aria-label": "Along", onchange: () => this.setAxis(this.along.value) },
      h("option", { value: "time" }, "over time"), h("option", { value: "distance" }, "over distance"));
    this.reads = h("span", { class: "reads", id: "delta-here" });
    this.paper = h("div", { class: "paper", id: "chart", role: "tabpanel" });
    $("charts").append(h("div", { class: "bar" }, this.tabs, this.along, h("span", { class: "grow" }), this.reads), this.paper);
    this.cursor = h("div", { class: "cursor" });
    desk.store.subscribe((state, before) => this.#state(state, before));
    desk.addEventListener("chosen", () => this.plot?.redraw(false));
    desk.link.addEventListener("moved", () => this.#moved());
    onTheme(() => this.draw());
    new ResizeObserver(() => this.#size()).observe(this.paper);
  }

  show(kind) {
    this.kind = kind;
    this.draw();
  }

  setAxis(axis) {
    this.axis = axis;
    this.draw();
  }

  #state(state, before) {
    const distance = Boolean(state.delta?.distance_m);
    this.along.querySelector("[value=distance]").disabled = !distance;
    this.along.title = distance ? "" : "The distance is known where the reference has a GPS track";
    if (!distance) this.axis = "time";
    this.along.value = this.axis;
    const zoom = before ? this.zoom : null;
    this.draw(zoom);
  }

  draw(zoom = null) {
    const { state } = this.desk;
    if (!state) return;
    for (const key of Object.keys(KINDS)) $(`chart-${key}`).setAttribute("aria-selected", String(key === this.kind));
    this.paper.setAttribute("aria-labelledby", `chart-${this.kind}`);
    this.plot?.destroy();
    this.plot = null;
    refill(this.paper);
    const far = this.axis === "distance" && this.kind === "delta";
    this.along.hidden = this.kind !== "delta";
    this.toX = far ? along(state.delta.ref_s, state.delta.distance_m) : (t) => t;
    this.toT = far ? along(state.delta.distance_m, state.delta.ref_s) : (x) => x;
    const box = h("div", {});
    this.paper.append(box);
    const shades = {
      weak: state.weak.filter((weak) => weak.ref_s && weak.why !== "gap").map((weak) => weak.ref_s.map(this.toX)),
      gaps: state.coverage.gaps_s.map((gap) => gap.map(this.toX)),
      markers: state.markers.map((marker) => ({ x: this.toX(marker.t_ref), chosen: marker.id === this.desk.chosen })),
    };
    const end = state.ref?.duration_s ?? this.desk.ref.frames?.end ?? state.delta?.ref_s.at(-1) ?? 1;
    const range = far ? [this.toX(state.delta.ref_s[0]), this.toX(state.delta.ref_s.at(-1))] : [0, end];
    const ask = {
      size: this.#room(), range, zoom, shades, colours: palette(), far, x: this.toX,
      onClick: (x) => this.desk.go(this.toT(x)),
      onZoom: (span) => this.#zoomed(span, range),
    };
    this.plot = (this.kind === "delta" ? deltaChart : residualChart)(box, state, ask);
    this.plot?.over.append(this.cursor);
    this.#moved();
  }

  #zoomed(span, whole) {
    const all = !span || (span[0] <= whole[0] + 1e-9 && span[1] >= whole[1] - 1e-9);
    this.zoom = all ? null : span;
    this.onSpan(all ? null : span.map(this.toT));
  }

  #room() {
    return { width: Math.max(this.paper.clientWidth, 200), height: Math.max(this.paper.clientHeight, 90) };
  }

  #size() {
    this.plot?.setSize(this.#room());
    this.#moved();
  }

  #moved() {
    if (!this.plot || !this.desk.ref.frames) return;
    const { state, now } = this.desk;
    const x = this.plot.valToPos(this.toX(now), "x");
    this.cursor.style.setProperty("left", `${x}px`);
    this.cursor.hidden = !(x >= 0 && x <= this.plot.over.clientWidth);
    const here = deltaAt(state.delta, now);
    if (here === this.said) return;
    this.said = here;
    refill(this.reads, here ? [h("b", {}, signed(here.delta)), ` ± ${here.half.toFixed(2)} s here: the new run is ${Math.abs(here.delta) < 0.005 ? "level" : here.delta < 0 ? "ahead" : "behind"}`] : "no place in the new run here");
  }
}

/** The delta at a moment, with half its 90 % interval; null in gaps. */
function deltaAt(delta, t) {
  if (!delta?.ref_s.length) return null;
  const times = delta.ref_s;
  if (t < times[0] - 0.2 || t > times.at(-1) + 0.2) return null;
  let i = times.findIndex((one) => one > t);
  i = i < 0 ? times.length - 1 : Math.max(i, 1);
  const [a, b] = [i - 1, i];
  if (delta.delta_s[a] === null || delta.delta_s[b] === null) return null;
  const share = Math.min(Math.max((t - times[a]) / (times[b] - times[a]), 0), 1);
  const mix = (row) => row[a] + share * (row[b] - row[a]);
  return { delta: mix(delta.delta_s), half: (mix(delta.hi) - mix(delta.lo)) / 2 };
}

/** The straight way between two rising rows of numbers. */
function along(from, to) {
  return (value) => {
    let i = from.findIndex((one) => one > value);
    i = i < 0 ? from.length - 1 : Math.max(i, 1);
    const share = (value - from[i - 1]) / (from[i] - from[i - 1] || 1);
    return to[i - 1] + share * (to[i] - to[i - 1]);
  };
}

function palette() {
  const names = { ref: "--ref", new: "--new", line: "--line", edge: "--edge", text: "--text", muted: "--muted", check: "--check", soft: "--check-soft", good: "--good", panel: "--panel" };
  return Object.fromEntries(Object.entries(names).map(([name, token]) => [name, colour(token)]));
}
