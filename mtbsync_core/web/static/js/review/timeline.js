/**
 * The bar of both runs on the reference's clock: a lane for the markers of each run. Clicking and dragging on it moves both
 * players; dragging a marker moves it, in the upper lane on the reference and in the lower one on the new run, and Escape
 * leaves it where it was.
 */

import { $, h, refill } from "../dom.js";
import { clock } from "./times.js";

export class Timeline {
  constructor(desk) {
    this.desk = desk;
    this.box = $("timeline");
    this.span = null; // [from, to]: what the bar shows, as the chart below
    this.slider = h("input", { type: "range", class: "slider", min: "0", step: "0.01", "aria-label": "Place on the trail", oninput: () => desk.go(Number(this.slider.value)) });
    this.lanes = { ref: h("div", { class: "lane ref", data: { name: "Ref" } }), new: h("div", { class: "lane new", data: { name: "New" } }) };
    this.areas = h("div", {});
    this.pins = h("div", {});
    this.head = h("div", { class: "head" });
    this.box.append(this.lanes.ref, this.lanes.new, this.areas, this.pins, this.head, this.slider);
    this.box.addEventListener("pointerdown", (event) => this.#scrub(event));
    desk.store.subscribe(() => this.draw());
    desk.link.addEventListener("moved", () => this.#head());
    desk.addEventListener("chosen", () => this.draw());
    desk.addEventListener("view", () => this.draw());
  }

  get range() {
    return this.span ?? [0, this.desk.ref.frames?.end || this.desk.state?.ref?.duration_s || 1];
  }

  setSpan(span) {
    this.span = span;
    this.draw();
  }

  #x(t) {
    const [from, to] = this.range;
    return ((t - from) / (to - from)) * 100;
  }

  #at(event) {
    const rect = this.box.getBoundingClientRect();
    const [from, to] = this.range;
    return from + (Math.min(Math.max(event.clientX - rect.left, 0), rect.width) / rect.width) * (to - from);
  }

  #put(element, t, until = null) {
    const x = this.#x(t);
    element.style.setProperty("left", `${x}%`);
    if (until !== null) element.style.setProperty("width", `${Math.max(this.#x(until) - x, 0.1)}%`);
    return element;
  }

  draw() {
    const { state, loop, chosen } = this.desk;
    if (!state) return;
    const [from, to] = this.range;
    const inside = (t) => t !== null && t >= from - 1e-6 && t <= to + 1e-6;
    const span = ([a, b], kind, title) => (b > from && a < to ? this.#put(h("div", { class: `area ${kind}`, title }), Math.max(a, from), Math.min(b, to)) : null);
    refill(this.areas,
      state.weak.filter((weak) => weak.ref_s && weak.why !== "gap").map((weak) => span(weak.ref_s, "weak")),
      state.coverage.gaps_s.map((gap) => span(gap, "gap")),
      loop ? span(loop, "loop") : null);
    refill(this.pins, state.notes.filter((note) => inside(note.t_ref)).map((note) => this.#put(h("div", { class: "pin" }), note.t_ref)));
    for (const lane of ["ref", "new"]) {
      refill(this.lanes[lane], state.markers.map((marker) => {
        const t = lane === "ref" ? marker.t_ref : marker.t_new === null ? null : this.desk.link.unmap(marker.t_new);
        if (!inside(t)) return null;
        const tick = h("button", {
          class: `tick hue-${marker.colour || "Blue"}${marker.needs_review ? " unsure" : ""}${marker.id === chosen ? " chosen" : ""}`,
          title: marker.name, tabindex: "-1", "aria-label": `${marker.name}, ${lane === "ref" ? "reference" : "new run"}`,
          data: { id: marker.id },
          onpointerdown: (event) => this.#drag(event, marker, lane, tick),
        });
        return this.#put(tick, t);
      }));
    }
    this.#head();
  }

  #head() {
    const { now, ref } = this.desk;
    if (!ref.frames) return;
    this.#put(this.head, now);
    const x = this.#x(now);
    this.head.hidden = x < 0 || x > 100;
    this.slider.max = String(ref.frames.end);
    this.slider.value = String(now);
    this.slider.setAttribute("aria-valuetext", clock(now));
  }

  #scrub(event) {
    if (event.button !== 0 || event.target.closest(".tick")) return;
    const { desk } = this;
    const was = desk.link.playing;
    this.#follow(event, {
      move: (t) => desk.go(t),
      end: () => was && desk.link.play(),
    });
    desk.go(this.#at(event));
  }

  /** A click chooses the marker; from four pixels on it is moved, and the player of its run shows where to. */
  #drag(event, marker, lane, tick) {
    if (event.button !== 0) return;
    event.stopPropagation();
    const { desk } = this;
    const player = lane === "ref" ? desk.ref : desk.other;
    const began = event.clientX;
    let frame = null;
    const move = (t, now) => {
      if (frame === null && Math.abs(now.clientX - began) < 4) return;
      desk.link.pause();
      const there = lane === "ref" ? t : desk.link.map(t);
      if (!Number.isFinite(there)) return;
      frame = player.frames.nearest(there);
      this.#put(tick, t);
      player.seek(frame);
    };
    const end = (kept) => {
      if (frame === null || !kept) {
        this.draw();
        return desk.choose(marker.id);
      }
      const at = player.frames.time(frame);
      desk.choose(marker.id, { go: false });
      return desk.store.edit("marker", { id: marker.id, [lane === "ref" ? "t_ref" : "t_new"]: at });
    };
    this.#follow(event, { move, end });
  }

  /** Hears the pointer until it is let go, or Escape is pressed: `end(kept)`. */
  #follow(event, { move, end }) {
    event.preventDefault();
    const done = new AbortController();
    const on = (name, hear, more = {}) => window.addEventListener(name, hear, { signal: done.signal, ...more });
    const finish = (kept) => {
      done.abort();
      end(kept);
    };
    on("pointermove", (now) => move(this.#at(now), now));
    on("pointerup", () => finish(true));
    on("pointercancel", () => finish(false));
    on("keydown", (key) => {
      if (key.code !== "Escape") return;
      key.stopImmediatePropagation();
      finish(false);
    }, { capture: true });
  }
}
