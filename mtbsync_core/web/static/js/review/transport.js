/** The bar of buttons below the pictures: playing, speed, how the runs are linked and shown, and what one can say of this place. */

import { $, h, refill, tell } from "../dom.js";
import { icon } from "../icons.js";
import { LOCKS } from "./link.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
const VIEWS = { side: "Side by side", overlay: "Overlay", wipe: "Wipe", difference: "Difference" };

/** The buttons; `actions` are those of the keys, by name. */
export class Transport {
  constructor(desk, actions) {
    this.desk = desk;
    const button = (name, action, label, key, text = null, options = {}) =>
      h("button", { class: text ? "" : "icon", title: `${label} (${key})`, "aria-label": text ? null : label, onclick: () => actions[action](), ...options }, icon(name), text);
    this.play = button("play", "play", "Play or pause", "Space", null, { id: "play", class: "icon main" });
    this.linked = button("link", "link", "Link or unlink the runs", "U", null, { id: "link", "aria-pressed": "true" });
    this.loop = h("button", { class: "icon", hidden: true, title: "Stop repeating", "aria-label": "Stop repeating", "aria-pressed": "true", onclick: () => desk.setLoop(null) }, icon("loop"));
    this.speed = choice("Speed", "speed", SPEEDS.map((s) => [s, `${s}×`]), 1, (value) => this.setSpeed(Number(value)));
    this.lock = choice("How the runs are linked", "lock", Object.entries(LOCKS), "place", (value) => desk.link.setLock(value));
    this.view = choice("View", "view", Object.entries(VIEWS), "side", (value) => desk.setView(value));
    $("transport").append(
      h("div", { class: "group" },
        button("first", "first", "To the first common place", "Home"),
        button("back", "frameBack", "One frame back", ","),
        this.play,
        button("ahead", "frameAhead", "One frame on", "."),
        button("last", "last", "To the last common place", "End")),
      this.speed, this.loop,
      h("div", { class: "group" }, this.linked, this.lock),
      this.view,
      h("span", { class: "space" }),
      h("div", { class: "group" },
        button("match", "match", "These two frames match: fit the map again", "P", "Match", { id: "match" }),
        button("flag", "flag", "This is wrong: find the frame that matches", "F", "Wrong", { id: "flag" }),
        button("note", "note", "Note on this place, with a drawing", "N", "Note", { id: "note" }),
        button("add", "addMarker", "New marker here", "M", "Marker", { id: "add-marker" })));
    desk.link.addEventListener("changed", () => this.#changed());
    desk.addEventListener("view", () => this.#changed());
    this.#changed();
  }

  setSpeed(speed) {
    const { link } = this.desk;
    link.speed = speed;
    if (link.playing) link.play(speed);
    this.speed.lastChild.value = String(speed);
  }

  faster() {
    const { link } = this.desk;
    if (link.playing) this.setSpeed(SPEEDS[Math.min(SPEEDS.indexOf(link.speed) + 1, SPEEDS.length - 1)]);
    else this.toggle();
  }

  slower() {
    this.setSpeed(SPEEDS[Math.max(SPEEDS.indexOf(this.desk.link.speed) - 1, 0)]);
  }

  stop() {
    this.desk.link.pause();
    this.setSpeed(1);
  }

  toggle() {
    const { link } = this.desk;
    if (link.playing) link.pause();
    else if (!link.play()) tell("No video of the reference plays in this browser yet: step through it with , and .");
  }

  #changed() {
    const { link, view, loop } = this.desk;
    if (this.playing !== link.playing) refill(this.play, icon(link.playing ? "pause" : "play"));
    this.playing = link.playing;
    refill(this.linked, icon(link.linked ? "link" : "unlink"));
    this.linked.setAttribute("aria-pressed", String(link.linked));
    this.lock.lastChild.value = link.lock;
    this.lock.lastChild.disabled = !link.linked;
    this.view.lastChild.value = view;
    this.loop.hidden = !loop;
  }
}

function choice(label, id, options, value, on) {
  const select = h("select", { id, title: label, onchange: () => on(select.value) }, options.map(([key, text]) => h("option", { value: String(key) }, text)));
  select.value = String(value);
  return h("label", {}, h("span", { class: "only-read" }, label), select);
}
