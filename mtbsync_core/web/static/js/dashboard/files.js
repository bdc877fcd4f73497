/** All files below the root, to be downloaded. */

import { get } from "../api.js";
import { h, refill, say } from "../dom.js";
import { many, moment, size } from "./words.js";

const MOST = 1000;

export class Files {
  constructor(pane) {
    this.items = [];
    this.search = h("input", { type: "search", placeholder: "Search files", "aria-label": "Search files", oninput: () => this.list() });
    this.count = h("span", { class: "muted", role: "status" });
    this.body = h("tbody");
    this.empty = h("p", { class: "empty", hidden: true });
    this.table = h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "File"), h("th", { scope: "col", class: "number" }, "Size"), h("th", { scope: "col" }, "Changed"))), this.body);
    pane.append(h("div", { class: "tools" }, this.search, h("button", { onclick: () => this.show() }, "Look again"), h("span", { class: "grow" }), this.count),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Files" }, this.table, this.empty));
  }

  async show() {
    try {
      const found = await get("/api/files");
      this.items = found.items;
      this.more = found.more;
      this.list();
    } catch (error) {
      this.table.hidden = true;
      this.empty.hidden = false;
      say(this.empty, error.message);
    }
  }

  list() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fit = this.items.filter((item) => words.every((word) => item.name.toLowerCase().includes(word)));
    const shown = fit.slice(0, MOST);
    refill(this.body, shown.map((item) => h("tr", {}, h("td", {}, h("a", { href: item.href, download: "" }, item.name)), h("td", { class: "number" }, size(item.size)), h("td", {}, moment(item.changed)))));
    this.table.hidden = !shown.length;
    this.empty.hidden = shown.length > 0;
    say(this.empty, this.items.length ? "No file fits this search." : "There are no files here yet.");
    const rest = shown.length < fit.length ? `, the first ${MOST} shown` : this.more ? ", and more: choose a run for its files" : "";
    say(this.count, many(fit.length, "file") + rest);
  }
}
