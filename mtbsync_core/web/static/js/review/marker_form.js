/** The chosen marker: all that can be changed on it, and whether its place is right. Each field is taken when it is left. */

import { h, refill } from "../dom.js";
import { icon } from "../icons.js";
import { clock, signed } from "./times.js";
import { trust } from "./trust.js";

export const COLOURS = ["Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia", "Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"];

export class MarkerForm {
  constructor(desk, flag) {
    this.desk = desk;
    this.flag = flag;
    this.element = h("section", { class: "form", "aria-label": "Chosen marker", id: "marker-form" });
    desk.addEventListener("chosen", () => this.draw());
    desk.store.subscribe(() => this.draw());
  }

  focus() {
    this.element.querySelector("input")?.select();
  }

  #edit(fields) {
    return this.desk.store.edit("marker", { id: this.desk.chosen, ...fields });
  }

  #text(tag, field, label, value, options = {}) {
    const input = h(tag, {
      ...options, value, "aria-label": label, id: `marker-${field}`, placeholder: label,
      onchange: () => this.#edit({ [field]: input.value }),
      onkeydown: (event) => {
        if (event.code === "Escape") input.value = value;
        if (event.code === "Escape" || (event.code === "Enter" && tag === "input")) input.blur();
      },
    });
    return input;
  }

  draw() {
    const { marker } = this.desk;
    const focused = document.activeElement?.id;
    this.element.hidden = !marker;
    if (!marker) return;
    const { word, kind, more } = trust(marker);
    const { store, ref, other } = this.desk;
    const colour = h("select", { id: "marker-colour", "aria-label": "Colour", onchange: () => this.#edit({ colour: colour.value }) },
      COLOURS.map((name) => h("option", { value: name }, name)));
    colour.value = marker.colour || "Blue";
    const place = (side, label, t, field, player) => [
      h("dt", { class: side }, label),
      h("dd", {}, h("time", {}, clock(t)), h("button", {
        class: "small", title: `Puts the marker on the frame of the ${label.toLowerCase()} that is shown`,
        onclick: () => this.#edit({ [field]: player.frames.time(player.shown) }),
      }, "this frame")),
    ];
    refill(this.element,
      h("div", { class: "row" }, h("span", { class: `swatch hue-${marker.colour || "Blue"}` }),
        this.#text("input", "name", "Name", marker.name, { class: "grow" }), colour,
        h("button", { class: "icon plain", title: "Delete the marker", "aria-label": "Delete the marker", onclick: () => this.#remove(marker) }, icon("bin"))),
      h("dl", { class: "places" },
        place("ref", "Reference", marker.t_ref, "t_ref", ref),
        place("new", "New run", marker.t_new, "t_new", other),
        h("dt", {}, "Delta"), h("dd", {}, h("span", { class: "number" }, signed(marker.delta_s)))),
      h("p", { class: "row" }, h("span", { class: `trust ${kind}`, style: { "--share": `${Math.round(100 * marker.confidence)}%` } }, word), h("span", { class: "muted grow" }, more)),
      h("div", { class: "row" },
        marker.needs_review ? h("button", { id: "accept", onclick: () => store.edit("accept", { id: marker.id }) }, icon("match"), "Looks right") : null,
        h("button", { id: "wrong", onclick: () => this.flag(marker) }, icon("flag"), "This is wrong")),
      this.#text("input", "comment", "Comment", marker.comment),
      this.#text("textarea", "note", "Note", marker.note, { rows: "2" }));
    if (focused?.startsWith("marker-")) document.getElementById(focused)?.focus();
  }

  async #remove(marker) {
    const next = this.desk.neighbour(1) ?? this.desk.neighbour(-1);
    if (await this.desk.store.edit("delete_marker", { id: marker.id })) this.desk.choose(next?.id ?? null, { go: false });
  }
}
