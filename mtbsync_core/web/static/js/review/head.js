/** The top of the page: whose review, the verdict in words, undo, and whether it is saved. */

import { $, h, refill, say } from "../dom.js";
import { placesToCheck } from "./places.js";

const VERDICTS = {
  good: ["Good", "The map can be used as it is."],
  check: ["Check", "Usable, but needs a look."],
  refused: ["Refused", "These two recordings were not aligned."],
};

export class Head {
  constructor(desk, showPlaces) {
    this.desk = desk;
    this.showPlaces = showPlaces;
    $("undo").addEventListener("click", () => desk.store.undo());
    $("redo").addEventListener("click", () => desk.store.redo());
    $("save").addEventListener("click", () => desk.store.save());
    desk.store.subscribe((state) => this.draw(state));
    addEventListener("beforeunload", (event) => this.unsaved && event.preventDefault());
  }

  get unsaved() {
    const { state } = this.desk;
    return Boolean(state && state.writable && !state.saved);
  }

  draw(state) {
    say($("title"), state.title);
    document.title = `${state.title} · mtbsync`;
    this.#verdict(state);
    for (const way of ["undo", "redo"]) {
      const label = state[`${way}_label`];
      $(way).disabled = !state[`can_${way}`];
      $(way).title = label ? `${way === "undo" ? "Undo" : "Redo"}: ${label}` : way === "undo" ? "Nothing to undo" : "Nothing to redo";
    }
    const saved = $("saved");
    $("save").hidden = !state.writable;
    $("save").disabled = state.saved;
    saved.classList.toggle("unsaved", !state.saved);
    if (state.saved) say(saved, state.writable ? "saved" : "");
    else say(saved, state.writable ? "not saved" : "not saved: start with --allow-write to keep changes");
  }

  #verdict(state) {
    const [word, what] = VERDICTS[state.verdict] ?? [state.verdict, ""];
    const strip = $("verdict");
    strip.className = `verdict ${state.verdict}`;
    const places = placesToCheck(state).length;
    const reasons = state.reasons.join("; ");
    refill(strip,
      h("strong", {}, word),
      h("span", { class: "why grow", title: reasons }, reasons ? `${what} ${reasons[0].toUpperCase()}${reasons.slice(1)}.` : what),
      places ? h("button", { onclick: () => this.showPlaces() }, `${places} place${places > 1 ? "s" : ""} to check`) : null);
  }
}
