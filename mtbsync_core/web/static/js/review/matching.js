/**
 * "These two frames match" and "this is wrong". The second asks for the frame of the new run that shows what the reference
 * shows: the new run moves alone until one is taken, which becomes a user pair, and the map is fitted again.
 */

import { $, h, refill, tell } from "../dom.js";
import { clock, signed } from "./times.js";

export class Matching {
  constructor(desk) {
    this.desk = desk;
    this.banner = $("banner");
    desk.flow = null;
    desk.link.addEventListener("moved", () => desk.flow && this.#says());
  }

  /** The frames that are shown become a pair. */
  async match() {
    const { desk } = this;
    if (desk.flow) return this.confirm();
    desk.link.pause();
    const pair = { ref_s: desk.ref.frames.time(desk.ref.want), new_s: desk.other.frames.time(desk.other.want) };
    const before = desk.link.map(pair.ref_s);
    if (!(await desk.store.edit("pair", pair))) return false;
    const moved = Number.isFinite(before) ? ` It was ${signed(pair.new_s - before, 3)} off here.` : "";
    tell(`The map now goes through ${clock(pair.ref_s)} and ${clock(pair.new_s)}.${moved} Undo takes it back.`);
    return true;
  }

  /** Begins with a marker, with a flag that is there already, or with the moment that is shown. */
  async begin({ marker = null, flag = null } = {}) {
    const { desk } = this;
    if (desk.flow) this.cancel();
    if (marker) desk.choose(marker.id);
    else if (flag) desk.go(flag.t_ref);
    desk.link.pause();
    const at = desk.ref.frames.time(desk.ref.want);
    desk.flow = { marker: marker?.id ?? null, flag: flag?.id ?? null, ref: desk.ref.want, at, from: desk.other.want };
    desk.link.linked = false;
    this.#open();
    if (!flag && !marker?.flagged) await desk.store.edit("flag", marker ? { id: marker.id } : { t_ref: at });
  }

  #open() {
    this.said = h("span", { class: "grow" });
    refill(this.banner,
      h("strong", {}, "Find the frame that matches."), this.said,
      h("button", { class: "main", id: "confirm-match", onclick: () => this.confirm() }, "These match (Enter)"),
      h("button", { id: "cancel-match", onclick: () => this.cancel() }, "Not now (Esc)"));
    this.banner.hidden = false;
    this.#says();
    this.desk.dispatchEvent(new Event("flow"));
  }

  #says() {
    const { desk } = this;
    const off = desk.other.frames.time(desk.other.want) - desk.other.frames.time(desk.flow.from);
    this.said.textContent = `Move the new run (keys , . and arrows, or its bar) until both show the same place: now ${signed(off, 3)}.`;
  }

  async confirm() {
    const { desk } = this;
    if (!desk.flow) return false;
    const { marker, flag, at } = desk.flow;
    const pair = { ref_s: at, new_s: desk.other.frames.time(desk.other.want) };
    if (!(await desk.store.edit("pair", pair))) return false;
    const left = desk.state.flags.find((one) => one.id === flag || (marker && one.marker === marker));
    if (left) await desk.store.edit("unflag", { id: left.id });
    this.#close();
    tell(`The map now goes through ${clock(pair.ref_s)} and ${clock(pair.new_s)}. Undo takes it back.`);
    return true;
  }

  /** Leaves it flagged, so that it stays in the list of places to check. */
  cancel() {
    const { desk } = this;
    if (!desk.flow) return false;
    const { from } = desk.flow;
    this.#close();
    desk.other.seek(from);
    return true;
  }

  #close() {
    const { desk } = this;
    desk.flow = null;
    this.banner.hidden = true;
    desk.link.setLinked(true);
    desk.dispatchEvent(new Event("flow"));
  }
}
