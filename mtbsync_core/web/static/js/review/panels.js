/** The side of the page: markers, sectors, places to check, notes, figures; one at a time. */

import { $, h, say } from "../dom.js";
import { rememberSoon } from "../address.js";

export class Panels {
  constructor(kinds, first) {
    this.kinds = kinds; // [{key, label, element, count(state)}]
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Lists" });
    $("panels").append(this.tabs);
    for (const kind of kinds) {
      kind.number = h("span", { class: "count" });
      kind.tab = h("button", {
        role: "tab", id: `tab-${kind.key}`, "aria-controls": `panel-${kind.key}`, onclick: () => this.show(kind.key),
        onkeydown: (event) => this.#arrow(event, kind),
      }, kind.label, kind.number);
      kind.panel = h("div", { class: `panel-body ${kind.key}`, role: "tabpanel", id: `panel-${kind.key}`, "aria-labelledby": `tab-${kind.key}` }, kind.element);
      this.tabs.append(kind.tab);
      $("panels").append(kind.panel);
    }
    this.show(kinds.some((kind) => kind.key === first) ? first : kinds[0].key);
  }

  show(key) {
    for (const kind of this.kinds) {
      const shown = kind.key === key;
      kind.tab.setAttribute("aria-selected", String(shown));
      kind.tab.tabIndex = shown ? 0 : -1;
      kind.panel.hidden = !shown;
    }
    this.shown = key;
    rememberSoon({ tab: key === this.kinds[0].key ? null : key });
  }

  update(state) {
    for (const kind of this.kinds) say(kind.number, kind.count ? String(kind.count(state)) : "");
  }

  #arrow(event, kind) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
    if (!way) return;
    event.preventDefault();
    const next = this.kinds.at((this.kinds.indexOf(kind) + way) % this.kinds.length);
    this.show(next.key);
    next.tab.focus();
  }
}
