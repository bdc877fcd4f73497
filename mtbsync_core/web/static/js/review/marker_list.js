/** The list of markers: around the playhead or all, searched and filtered; a click takes both players there. */

import { $, h, refill, say } from "../dom.js";
import { clock, signed } from "./times.js";
import { trust } from "./trust.js";

const AROUND_S = 5;
const FILTERS = { all: "all", doubtful: "to check", sure: "sure", none: "no place", edited: "edited", note: "with a note" };

export class MarkerList {
  constructor(desk, { near = false, find = "", filter = "all", colour = "" }, onChange) {
    this.desk = desk;
    this.onChange = onChange;
    this.find = h("input", { type: "search", id: "find", placeholder: "Search name, comment, note", "aria-label": "Search markers", value: find, oninput: () => this.#changed() });
    this.filter = h("select", { id: "filter", "aria-label": "Which markers", onchange: () => this.#changed() }, Object.entries(FILTERS).map(([key, text]) => h("option", { value: key }, text)));
    this.filter.value = filter in FILTERS ? filter : "all";
    this.colour = h("select", { id: "filter-colour", "aria-label": "Colour", onchange: () => this.#changed() }, h("option", { value: "" }, "any colour"));
    this.wanted = colour;
    this.near = h("input", { type: "checkbox", id: "near", checked: near, onchange: () => this.#changed() });
    this.body = h("tbody", { id: "markers" });
    this.none = h("p", { class: "muted none", hidden: true });
    this.element = h("div", { class: "list" },
      h("div", { class: "filters" }, this.find, this.filter, this.colour, h("label", { title: "Markers within five seconds of the playhead" }, this.near, " ±5 s")),
      h("div", { class: "scroll", tabindex: "-1" },
        h("table", {},
          h("thead", {}, h("tr", {},
            h("th", { scope: "col" }, "#"), h("th", { scope: "col" }, "Name"), h("th", { scope: "col", class: "number ref" }, "Ref"),
            h("th", { scope: "col", class: "number new" }, "New"), h("th", { scope: "col", class: "number", title: "Time delta: below zero the new run is ahead" }, "Δ"), h("th", { scope: "col" }, "Trust"))),
          this.body),
        this.none));
    desk.store.subscribe(() => this.draw());
    desk.addEventListener("chosen", () => this.#choose());
    desk.link.addEventListener("moved", () => this.#moved());
  }

  get wish() {
    return { near: this.near.checked ? "1" : null, find: this.find.value, filter: this.filter.value === "all" ? null : this.filter.value, colour: this.colour.value };
  }

  #changed() {
    this.wanted = this.colour.value;
    this.draw();
    this.onChange(this.wish);
  }

  /** The markers that pass, by the reference's time. */
  get shown() {
    const words = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.desk.state.markers
      .filter((marker) => {
        const text = `${marker.name} ${marker.comment} ${marker.note} ${marker.colour} ${marker.id}`.toLowerCase();
        return words.every((word) => text.includes(word)) && (!this.colour.value || marker.colour === this.colour.value) && this.#passes(marker);
      })
      .sort((a, b) => a.t_ref - b.t_ref);
  }

  #passes(marker) {
    const kind = trust(marker).kind;
    return { all: true, doubtful: kind === "check", sure: kind === "good", none: kind === "none", edited: marker.edited, note: Boolean(marker.note) }[this.filter.value];
  }

  draw() {
    const { markers } = this.desk.state;
    const colours = [...new Set(markers.map((marker) => marker.colour).filter(Boolean))].sort();
    refill(this.colour, h("option", { value: "" }, "any colour"), colours.map((name) => h("option", { value: name }, name)));
    this.colour.value = colours.includes(this.wanted) ? this.wanted : "";
    const numbers = new Map([...markers].sort((a, b) => a.t_ref - b.t_ref).map((marker, i) => [marker.id, i + 1]));
    refill(this.body, this.shown.map((marker) => this.#row(marker, numbers.get(marker.id))));
    this.rows = [...this.body.children];
    this.last = null;
    this.#choose();
    this.#moved();
  }

  #row(marker, number) {
    const { word, kind, more } = trust(marker);
    const row = h("tr", { data: { id: marker.id, t: marker.t_ref, trust: kind }, onclick: () => this.desk.choose(marker.id) },
      h("td", { class: "number muted" }, String(number)),
      h("td", { class: "name" },
        h("span", { class: `swatch hue-${marker.colour || "Blue"}`, title: marker.colour || "Blue" }),
        h("button", { class: "plain", title: marker.comment || marker.name }, marker.name || marker.id),
        marker.edited ? h("span", { class: "mark", title: "Edited" }, "✎") : null,
        marker.note ? h("span", { class: "mark", title: marker.note }, "¶") : null),
      h("td", { class: "number" }, clock(marker.t_ref, 2)),
      h("td", { class: "number" }, clock(marker.t_new, 2)),
      h("td", { class: "number delta" }, signed(marker.delta_s).replace(" s", "")),
      h("td", {}, h("span", { class: `trust ${kind}`, title: more, style: { "--share": `${Math.round(100 * marker.confidence)}%` } }, word)));
    return row;
  }

  #choose() {
    for (const row of this.body.children) {
      const chosen = row.dataset.id === this.desk.chosen;
      if (chosen === row.classList.contains("chosen")) continue;
      row.classList.toggle("chosen", chosen);
      row.querySelector("button").setAttribute("aria-current", String(chosen));
      if (chosen) row.scrollIntoView({ block: "nearest" });
    }
  }

  /** Those around the playhead, where only they are wanted; else the next one before it is marked. */
  #moved() {
    if (!this.rows || !this.desk.ref.frames) return;
    const { now } = this.desk;
    const tick = Math.round(now * 10);
    if (tick === this.last) return;
    this.last = tick;
    let here = null;
    let any = false;
    for (const row of this.rows) {
      const t = Number(row.dataset.t);
      row.hidden = this.near.checked && Math.abs(t - now) > AROUND_S;
      any ||= !row.hidden;
      if (t <= now + 0.02) here = row;
    }
    if (here !== this.here) {
      this.here?.classList.remove("here");
      here?.classList.add("here");
      this.here = here;
    }
    this.none.hidden = any;
    say(this.none, this.desk.state.markers.length ? (this.near.checked ? "No marker within five seconds." : "No marker like this.") : "No markers yet: M sets one here.");
  }

  focusSearch() {
    $("find").focus();
  }
}
