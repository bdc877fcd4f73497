/** Places to check: what was flagged, the parts of the map that are not to be trusted, and doubtful markers; and your pairs. */

import { h, refill } from "../dom.js";
import { icon } from "../icons.js";
import { clock } from "./times.js";
import { trust } from "./trust.js";

/** All places to check, by the reference's time: `{t, title, text, kind, flag, marker}`. */
export function placesToCheck(state) {
  const flags = state.flags.filter((flag) => !flag.marker);
  return [
    ...state.problems.map((problem) => ({ t: null, title: "Something is odd", text: problem })),
    ...flags.map((flag) => ({ t: flag.t_ref, title: "Flagged as wrong", text: flag.text || "The matching frame is still to be found.", flag })),
    ...state.weak.map((weak) => ({ t: weak.ref_s ? (weak.ref_s[0] + weak.ref_s[1]) / 2 : null, span: weak.ref_s, title: weak.text, text: weak.advice })),
    ...state.markers.filter((marker) => trust(marker).kind === "check").map((marker) => ({ t: marker.t_ref, title: marker.name || marker.id, text: trust(marker).more, marker })),
  ].sort((a, b) => (a.t ?? -1) - (b.t ?? -1));
}

export class Places {
  constructor(desk, flow) {
    this.desk = desk;
    this.flow = flow;
    this.list = h("ul", { class: "cards", id: "places" });
    this.pairs = h("ul", { class: "cards", id: "user-pairs" });
    this.head = h("h3", {}, "Your pairs");
    this.element = h("div", { class: "scroll" }, this.list, this.head, this.pairs);
    desk.store.subscribe(() => this.draw());
  }

  draw() {
    const { state, store } = this.desk;
    const places = placesToCheck(state);
    refill(this.list, places.length ? places.map((place) => this.#card(place)) : h("li", { class: "muted none" }, "Nothing to check: no flags, no doubtful parts or markers."));
    this.head.hidden = !state.user_pairs.length;
    refill(this.pairs, state.user_pairs.map((pair) =>
      h("li", {},
        h("button", { class: "plain jump", onclick: () => this.#toPair(pair) }, h("span", { class: "ref" }, clock(pair.ref_s)), " matches ", h("span", { class: "new" }, clock(pair.new_s))),
        h("button", { class: "icon plain", title: "Take this pair back", "aria-label": `Take back the pair at ${clock(pair.ref_s)}`, onclick: () => store.edit("unpair", { id: pair.id }) }, icon("bin")),
        pair.note ? h("p", {}, pair.note) : null)));
  }

  #toPair(pair) {
    this.desk.go(pair.ref_s);
    this.desk.other.seek(this.desk.other.frames.nearest(pair.new_s));
  }

  #card({ t, span, title, text, flag, marker }) {
    const where = span ? `${clock(span[0], 1)} – ${clock(span[1], 1)}` : clock(t, 1);
    return h("li", {},
      h("button", { class: "plain jump", disabled: t === null, onclick: () => (marker ? this.desk.choose(marker.id) : this.desk.go(t)) }, h("time", {}, where), title),
      flag ? h("button", { class: "icon plain", title: "It is right after all", "aria-label": "Take the flag away", onclick: () => this.desk.store.edit("unflag", { id: flag.id }) }, icon("bin")) : null,
      h("p", { class: "muted" }, text),
      flag || marker ? h("button", { class: "small", onclick: () => this.flow.begin(marker ? { marker } : { flag }) }, "Find the frame that matches") : null);
  }

  /** Goes to the next place behind the playhead, or begins anew. */
  next() {
    const places = placesToCheck(this.desk.state).filter((place) => place.t !== null);
    const place = places.find((one) => one.t > this.desk.now + 0.05) ?? places[0];
    if (!place) return false;
    if (place.marker) this.desk.choose(place.marker.id);
    else this.desk.go(place.t);
    return true;
  }
}
