/** Both pictures with what belongs to them: whose run, the time as seconds and as timecode, sound, and what is to be said. */

import { $, h, refill, say, svg } from "../dom.js";
import { icon } from "../icons.js";
import { Compare } from "./compare.js";
import { clock, signed, smpte } from "./times.js";

const NAMES = { ref: "Reference", new: "New run" };
const NEAR_S = 0.25; // how near to a note's place its drawing shows
const COVERS = {
  gap: "Here the runs do not correspond",
  before: "The new run is not on this part of the trail yet",
  after: "The new run is not on this part of the trail any more",
};

/** The boxes of both pictures, made before the players are. */
export function makeStage() {
  const boxes = {};
  for (const side of ["ref", "new"]) {
    boxes[side] = h("div", { class: "picture", id: `picture-${side}`, data: { side } });
    $("stage").append(
      h("figure", { class: `side ${side}`, id: `side-${side}` },
        h("figcaption", {},
          h("span", { class: `who ${side}` }, NAMES[side]),
          h("span", { class: "file" }),
          h("span", { class: "label", title: "Timecode in an editor" }),
          h("span", { class: "when" }),
          h("button", { class: "icon plain sound", "aria-label": `Sound of the ${NAMES[side].toLowerCase()}` })),
        boxes[side],
        h("input", { type: "range", class: "own", hidden: true, min: "0", step: "1", "aria-label": `Frame of the ${NAMES[side].toLowerCase()}` })));
  }
  return boxes;
}

export class Stage {
  constructor(desk) {
    this.desk = desk;
    this.sounding = "ref";
    this.parts = {};
    for (const [side, player] of [["ref", desk.ref], ["new", desk.other]]) this.#side(side, player);
    this.offset = h("p", { class: "offset", id: "offset", role: "status", hidden: true });
    desk.other.box.append(this.offset);
    this.compare = new Compare(desk, $("stage"));
    desk.link.addEventListener("moved", () => this.#moved());
    desk.link.addEventListener("changed", () => this.#moved());
    desk.addEventListener("flow", () => this.#moved());
    desk.addEventListener("view", () => this.#view());
    desk.store.subscribe(() => this.#moved());
  }

  #side(side, player) {
    const figure = $(`side-${side}`);
    const part = {
      player,
      file: figure.querySelector(".file"),
      when: figure.querySelector(".when"),
      label: figure.querySelector(".label"),
      sound: figure.querySelector(".sound"),
      own: figure.querySelector(".own"),
      says: h("p", { class: "says", hidden: true }),
    };
    this.parts[side] = part;
    player.box.append(part.says);
    part.sound.addEventListener("click", () => this.sound(player.muted ? side : null));
    part.own.addEventListener("input", () => {
      this.desk.link.pause();
      player.seek(Number(part.own.value));
    });
    player.addEventListener("state", () => this.#says(part, player.says));
    player.addEventListener("progress", (event) => this.#progress(part, event.detail));
    this.#sounds();
  }

  /** Hears one side, or none. */
  sound(side) {
    this.sounding = side ?? this.sounding;
    this.parts.ref.player.setMuted(side !== "ref");
    this.parts.new.player.setMuted(side !== "new");
    this.#sounds();
  }

  otherSound() {
    this.sound(this.parts[this.sounding].player.muted ? this.sounding : this.sounding === "ref" ? "new" : "ref");
  }

  #sounds() {
    for (const part of Object.values(this.parts)) {
      refill(part.sound, icon(part.player.muted ? "silent" : "sound"));
      part.sound.setAttribute("aria-pressed", String(!part.player.muted));
    }
  }

  /** What is said of what plays; a few seconds long once something does. */
  #says(part, text) {
    const passes = Boolean(text && part.player.rung);
    if (part.told === text && part.passes === passes) return;
    [part.told, part.passes] = [text, passes];
    say(part.says, text);
    part.says.hidden = !text;
    clearTimeout(part.timer);
    if (passes) part.timer = setTimeout(() => (part.says.hidden = true), 6000);
  }

  #progress(part, { done_s, total_s, eta_s, ready, error }) {
    if (error) return this.#says(part, `${error.message} Still pictures come from the original.`);
    if (ready) return this.#says(part, part.player.says);
    const share = total_s ? Math.round((100 * done_s) / total_s) : 0;
    const left = eta_s ? `, ${Math.ceil(eta_s)} s to go` : "";
    return this.#says(part, `Preview: ${share} %${left}. Still pictures come from the original.`);
  }

  #view() {
    const stage = $("stage");
    stage.dataset.view = this.desk.view;
    this.compare.show(this.desk.view);
  }

  swap() {
    $("stage").classList.toggle("swapped");
    this.compare.draw();
  }

  #moved() {
    const { state, link } = this.desk;
    if (!state || !this.desk.ref.frames) return;
    for (const side of ["ref", "new"]) {
      const { player, file, when, label, own } = this.parts[side];
      if (!player.frames) continue;
      const n = player.shown;
      say(file, state[side]?.name ?? "");
      file.title = state[side]?.name ?? "";
      say(when, clock(player.time));
      say(label, smpte(n, state[side]));
      player.box.dataset.frame = String(n);
      own.hidden = this.desk.flow ? side === "ref" : link.linked;
      if (!own.hidden) [own.max, own.value] = [String(player.frames.count - 1), String(player.want)];
    }
    this.#cover(link.linked && !this.desk.flow ? link.hidden : "");
    this.#pinned();
    this.#offset();
  }

  /** How far the new run was moved from where the map has it. */
  #offset() {
    const { link } = this.desk;
    const off = (!link.linked || link.offset !== 0) && !link.playing ? link.off : null;
    this.offset.hidden = off === null;
    if (off !== null) say(this.offset, `${signed(off, 3)} off the map`);
  }

  /** Says in place of the picture why there is none. */
  #cover(place) {
    const text = COVERS[place] ?? "";
    if (text === this.covered) return;
    this.covered = text;
    this.cover?.remove();
    this.cover = text ? h("p", { class: "cover" }, text) : null;
    if (this.cover) this.parts.new.player.box.append(this.cover);
  }

  /** The note of this place, with its drawing on the reference's picture. */
  #pinned() {
    const { state, now, link } = this.desk;
    const note = link.playing && !state.notes.length ? null : state.notes.find((one) => Math.abs(one.t_ref - now) < NEAR_S) ?? null;
    const key = note && JSON.stringify(note);
    if (key === this.pinnedKey) return;
    this.pinnedKey = key;
    this.pinned?.forEach((element) => element.remove());
    this.pinned = [];
    if (!note) return;
    const box = this.parts.ref.player.box;
    if (note.drawing?.length) this.pinned.push(drawn(note.drawing, box, state.ref));
    if (note.text) this.pinned.push(h("p", { class: "pinned" }, note.text));
    box.append(...this.pinned);
  }
}

/** Where a picture of a recording lies inside its box, as fractions: it is fitted in, with bars at two sides. */
export function fitted(box, recording) {
  const [width, height] = [box.clientWidth || 16, box.clientHeight || 9];
  const aspect = recording?.width && recording?.height ? recording.width / recording.height : width / height;
  const [w, hgt] = aspect > width / height ? [width, width / aspect] : [height * aspect, height];
  return { left: (width - w) / 2, top: (height - hgt) / 2, width: w, height: hgt };
}

/** The paths of a drawing over the picture; they are in fractions of it. */
export function drawn(paths, box, recording) {
  const place = fitted(box, recording);
  const px = (value) => `${value}px`;
  return svg("svg", {
    class: "drawing", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true",
    style: { left: px(place.left), top: px(place.top), width: px(place.width), height: px(place.height) },
  }, paths.map((d) => svg("path", { d })));
}
