/**
 * What all parts of the review page share: the state, the two players and their link, the chosen marker, and the ways to
 * go to a place. Events: "chosen" (another marker), "view" (how the pictures are shown), "flow" (matching began or ended).
 */

import { Link } from "./link.js";
import { Player } from "./player.js";
import { Store } from "./store.js";
import { Warp } from "./warp.js";

export class Desk extends EventTarget {
  constructor(run, boxes) {
    super();
    this.run = run;
    this.store = new Store(run);
    this.ref = new Player(run, "ref", boxes.ref);
    this.other = new Player(run, "new", boxes.new);
    this.link = new Link(this.ref, this.other);
    this.chosen = null;
    this.view = "side";
    this.loop = null; // [from, to] in seconds of the reference
    this.store.subscribe((state, before) => this.#map(state, before));
    this.link.addEventListener("moved", () => this.#around());
  }

  get state() {
    return this.store.state;
  }

  get marker() {
    return this.chosen === null ? null : this.store.marker(this.chosen);
  }

  /** The moment of the reference that is shown, seconds. */
  get now() {
    return this.ref.time;
  }

  #map(state, before) {
    const warp = state.warp ? new Warp(state.warp) : null;
    const changed = JSON.stringify(state.warp) !== JSON.stringify(before?.warp ?? null);
    this.link.setWarp(warp, state.sectors);
    if (!before && !warp) this.link.linked = false;
    if (before && changed && !this.flow) this.link.again();
  }

  /** Goes to a moment of the reference, the new run with it. */
  go(t) {
    this.link.pause();
    this.link.moveTo(this.ref.frames.nearest(t));
  }

  /** Steps by frames of the reference; with the new run alone while it is looked for. */
  step(count) {
    this.link.pause();
    if (this.flow && count) this.other.seek(this.other.want + count, { cached: true });
    else this.link.moveTo(this.ref.want + count, { cached: true });
  }

  jump(seconds) {
    const was = this.link.playing;
    if (was) this.link.pause();
    if (this.flow) this.other.seek(this.other.frames.nearest(this.other.frames.time(this.other.want) + seconds));
    else this.link.moveTo(this.ref.frames.nearest(this.ref.frames.time(this.ref.want) + seconds));
    if (was) this.link.play();
  }

  choose(id, { go = true } = {}) {
    this.chosen = id;
    const marker = this.marker;
    if (marker && go) this.goToMarker(marker);
    this.dispatchEvent(new Event("chosen"));
  }

  /** Both runs to a marker: also where a hand has put it off the map. */
  goToMarker(marker) {
    this.go(marker.t_ref);
    if (this.link.linked && marker.t_new !== null) this.other.seek(this.other.frames.nearest(marker.t_new));
  }

  /** The marker before or after this place. */
  neighbour(way) {
    const sorted = [...this.state.markers].sort((a, b) => a.t_ref - b.t_ref);
    const at = sorted.findIndex((marker) => marker.id === this.chosen);
    const here = at >= 0 && Math.abs(sorted[at].t_ref - this.now) < 0.05;
    if (here) return sorted[at + way] ?? null;
    return way > 0 ? sorted.find((m) => m.t_ref > this.now + 0.02) : sorted.findLast((m) => m.t_ref < this.now - 0.02);
  }

  setView(view) {
    this.view = view;
    this.dispatchEvent(new Event("view"));
  }

  setLoop(span) {
    this.loop = span;
    this.dispatchEvent(new Event("view"));
    if (span) {
      this.go(span[0]);
      this.link.play();
    }
  }

  #around() {
    if (!this.loop || !this.link.playing || this.now < this.loop[1]) return;
    const [from] = this.loop;
    this.link.pause();
    this.link.moveTo(this.ref.frames.nearest(from));
    this.link.play();
  }
}
