/** Notes pinned to places of the reference: listed, written, drawn on its picture; every run of that reference shows them. */

import { h, refill } from "../dom.js";
import { url } from "../api.js";
import { icon } from "../icons.js";
import { Drawing } from "./drawing.js";
import { clock } from "./times.js";

export class Notes {
  constructor(desk, open) {
    this.desk = desk;
    this.open = open; // shows this panel
    this.list = h("ul", { class: "cards", id: "notes" });
    this.form = h("form", { class: "form", hidden: true, onsubmit: (event) => this.#keep(event) });
    this.begins = h("button", { id: "write-note", onclick: () => this.write() }, icon("note"), "Note on this place");
    this.page = h("a", { class: "button", download: "", href: url("/api/review/page", { run: desk.run }), title: "All notes with their pictures as one file to send" }, "Page to send");
    this.element = h("div", { class: "scroll" }, h("div", { class: "row lead" }, this.begins, h("span", { class: "grow" }), this.page), this.form, this.list);
    desk.store.subscribe(() => this.draw());
  }

  draw() {
    const { state, run } = this.desk;
    const notes = [...state.notes].sort((a, b) => a.t_ref - b.t_ref);
    refill(this.list, notes.length ? notes.map((note) => h("li", {},
      h("button", { class: "plain jump", onclick: () => this.desk.go(note.t_ref) }, h("time", {}, clock(note.t_ref, 1)), note.text || "A drawing", note.drawing?.length ? h("span", { class: "mark", title: "With a drawing" }, icon("note")) : null),
      h("button", { class: "icon plain", title: "Edit", "aria-label": `Edit the note at ${clock(note.t_ref, 1)}`, onclick: () => this.write(note) }, icon("note")),
      h("button", { class: "icon plain", title: "Delete", "aria-label": `Delete the note at ${clock(note.t_ref, 1)}`, onclick: () => this.desk.store.edit("delete_note", { id: note.id }) }, icon("bin")),
      h("p", { class: "muted" }, [note.author, note.created ? new Date(note.created).toLocaleDateString() : "", note.run && note.run !== run ? `from ${note.run}` : ""].filter(Boolean).join(" · ")),
    )) : h("li", { class: "muted none" }, "No notes. A note belongs to its place on the trail: every run of this reference shows it."));
  }

  /** Writes a new note on the place that is shown, or changes one. */
  write(note = null) {
    const { desk } = this;
    this.cancel();
    this.open();
    desk.link.pause();
    if (note) desk.go(note.t_ref);
    this.note = note;
    this.at = note ? note.t_ref : desk.ref.frames.time(desk.ref.want);
    this.drawing = new Drawing(desk.ref.box, desk.state.ref, note?.drawing ?? []);
    this.text = h("textarea", { rows: "3", id: "note-text", "aria-label": "Note", placeholder: "What is to be seen here", value: note?.text ?? "", onkeydown: (event) => this.#key(event) });
    refill(this.form,
      h("p", {}, h("strong", {}, note ? "Note" : "New note", ` at ${clock(this.at, 1)}. `), "Draw on the reference's picture with the mouse or a pen."),
      this.text,
      h("div", { class: "row" },
        h("button", { class: "main", id: "keep-note" }, "Keep note"),
        h("button", { type: "button", onclick: () => this.cancel() }, "Cancel"),
        h("span", { class: "grow" }),
        h("button", { type: "button", onclick: () => this.drawing.back() }, "Take back a stroke")));
    this.form.hidden = false;
    this.text.focus();
  }

  get writing() {
    return !this.form.hidden;
  }

  #key(event) {
    if (event.code === "Escape") this.cancel();
    else if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
  }

  async #keep(event) {
    event.preventDefault();
    const fields = { text: this.text.value.trim(), drawing: this.drawing.paths.length ? this.drawing.paths : null };
    if (!fields.text && !fields.drawing) return this.cancel();
    const kept = this.note
      ? await this.desk.store.edit("edit_note", { id: this.note.id, ...fields })
      : await this.desk.store.edit("add_note", { t_ref: this.at, ...fields });
    if (kept) this.cancel();
    return undefined;
  }

  cancel() {
    this.drawing?.close();
    this.drawing = null;
    this.form.hidden = true;
  }
}
