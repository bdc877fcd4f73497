/** The dialog of exports: format and options, the file and how to import it shown before it is written or downloaded. */

import { get, post, url } from "../api.js";
import { h, refill, tell } from "../dom.js";

const WHICH = { all: "all markers", sure: "sure ones only", doubtful: "those to check only" };
const RATES = ["", "24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60"];
const WAIT_MS = 250;
const LAST = "mtbsync-format";

export class Export {
  constructor(desk) {
    this.desk = desk;
    this.formats = null;
  }

  async open() {
    this.desk.link.pause();
    try {
      this.formats ??= await get(url("/api/export/formats", { run: this.desk.run }));
    } catch (error) {
      tell(error);
      return;
    }
    this.#make();
    document.body.append(this.dialog);
    this.dialog.showModal();
    await this.#preview();
  }

  #make() {
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#preview(), WAIT_MS);
    };
    const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
    this.format = h("select", { id: "export-format", onchange: later }, this.formats.map((one) => h("option", { value: one.name }, one.label)));
    const last = localStorage.getItem(LAST);
    if (this.formats.some((one) => one.name === last)) this.format.value = last;
    this.which = h("select", { id: "export-which", onchange: later }, Object.entries(WHICH).map(([key, text]) => h("option", { value: key }, text)));
    this.rate = h("select", { id: "export-rate", onchange: later }, RATES.map((rate) => h("option", { value: rate }, rate === "" ? `as the new run${this.desk.state.new ? ` (${this.desk.state.new.rate})` : ""}` : rate)));
    this.start = h("input", { id: "export-start", placeholder: "01:00:00:00", oninput: later });
    this.says = h("ul", { class: "issues" });
    this.recipe = h("p", { class: "recipe" });
    this.text = h("textarea", { class: "file", readonly: true, rows: "12", "aria-label": "The file", spellcheck: "false" });
    this.name = h("h3", { id: "export-name" });
    this.write = h("button", { class: "main", id: "export-write", onclick: () => this.#write() });
    this.copy = h("button", { onclick: () => this.#copy() }, "Copy the text");
    const close = h("button", { onclick: () => this.dialog.close() }, "Close");
    this.dialog = h("dialog", { class: "export", "aria-labelledby": "export-title" },
      h("h2", { id: "export-title" }, "Export markers"),
      h("div", { class: "fields" }, field("Format", this.format), field("Markers", this.which), field("Frame rate", this.rate), field("First timecode of the timeline", this.start)),
      this.name, this.says, this.text, h("h3", {}, "How to import it"), this.recipe,
      h("div", { class: "row end" }, this.copy, h("span", { class: "grow" }),
        h("a", { class: "button", href: url("/api/review/markers", { run: this.desk.run, format: "csv" }), download: "" }, "Review as CSV"),
        h("a", { class: "button", href: url("/api/review/markers", { run: this.desk.run, format: "json" }), download: "" }, "as JSON"),
        close, this.write));
    this.dialog.addEventListener("close", () => this.dialog.remove());
  }

  get #wish() {
    return { format: this.format.value, which: this.which.value, rate: this.rate.value || null, start: this.start.value.trim() || null };
  }

  async #preview() {
    const wish = this.#wish;
    localStorage.setItem(LAST, wish.format);
    const chosen = this.formats.find((one) => one.name === wish.format);
    const options = Array.isArray(chosen.options) ? chosen.options : Object.keys(chosen.options ?? {});
    this.rate.disabled = options.length > 0 && !options.includes("rate");
    this.start.disabled = options.length > 0 && !options.includes("start");
    this.write.disabled = true;
    try {
      const made = await post(url("/api/export", { run: this.desk.run }), { ...wish, preview: true });
      if (this.#wish.format !== wish.format) return;
      this.made = made;
      refill(this.says, (made.issues ?? []).map((issue) => h("li", {}, typeof issue === "string" ? issue : issue.message)));
      this.says.className = "issues";
      this.name.textContent = made.name;
      const more = made.more ?? [];
      if (more.length) this.says.prepend(h("li", {}, `${more.length + 1} files: ${[made, ...more].map((file) => file.name).join(", ")}`));
      this.text.value = made.text ?? `A binary file of ${Math.round(((made.base64?.length ?? 0) * 3) / 4)} bytes.`;
      this.recipe.textContent = made.recipe || chosen.recipe || "";
      this.write.disabled = false;
      this.copy.hidden = made.text === null;
    } catch (error) {
      this.made = null;
      this.name.textContent = "";
      this.text.value = "";
      this.says.className = "issues bad";
      refill(this.says, h("li", { role: "alert" }, [error.message, error.hint].filter(Boolean).join(" ")));
    }
    this.write.textContent = this.desk.state.writable ? "Write into the run's folder" : "Download";
  }

  async #write() {
    if (!this.desk.state.writable) return this.#download();
    try {
      const made = await post(url("/api/export", { run: this.desk.run }), this.#wish);
      tell(`${made.name} is written into the run's folder.`);
      this.dialog.close();
    } catch (error) {
      tell(error);
    }
    return undefined;
  }

  #download() {
    const files = [this.made, ...(this.made.more ?? [])];
    for (const { name, text, base64 } of files) {
      const bytes = base64 ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(text);
      const link = h("a", { href: URL.createObjectURL(new Blob([bytes])), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
    tell(`${files.map((file) => file.name).join(", ")}: downloaded.`);
    this.dialog.close();
  }

  async #copy() {
    await navigator.clipboard.writeText(this.text.value).then(() => tell("Copied."), () => this.text.select());
  }
}
