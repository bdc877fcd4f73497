/** Sectors between markers: what each one costs, the sum so far, and where most is lost. */

import { h, refill } from "../dom.js";
import { icon } from "../icons.js";
import { signed } from "./times.js";

const WORST = 3;

export class Sectors {
  constructor(desk) {
    this.desk = desk;
    this.body = h("tbody", { id: "sectors" });
    this.none = h("p", { class: "muted none" }, "Sectors lie between markers: set two of them.");
    this.element = h("div", { class: "scroll" },
      h("p", { class: "muted lead" }, "Below zero the new run is faster. The places where most is lost are marked."),
      h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Sector"), h("th", { scope: "col", class: "number" }, "Here"), h("th", { scope: "col" }, h("span", { class: "only-read" }, "Picture")), h("th", { scope: "col", class: "number" }, "So far"), h("th", { scope: "col" }, h("span", { class: "only-read" }, "Repeat")))),
        this.body),
      this.none);
    desk.store.subscribe(() => this.draw());
  }

  draw() {
    const { sectors } = this.desk.state;
    this.none.hidden = sectors.length > 0;
    const known = sectors.filter((sector) => sector.delta_s !== null);
    const most = Math.max(0.01, ...known.map((sector) => Math.abs(sector.delta_s)));
    const worst = new Set([...known].filter((sector) => sector.delta_s > 1.645 * (sector.sigma_s ?? 0)).sort((a, b) => b.delta_s - a.delta_s).slice(0, WORST));
    refill(this.body, sectors.map((sector) => {
      const lost = worst.has(sector);
      const within = sector.delta_s !== null && sector.sigma_s !== null ? ` ± ${(1.645 * sector.sigma_s).toFixed(2)}` : "";
      return h("tr", { class: lost ? "worst" : "", onclick: () => this.desk.go(sector.ref_s[0]) },
        h("td", { class: "name" }, h("button", { class: "plain" }, sector.name), lost ? h("span", { class: "tag" }, "lost most") : null),
        h("td", { class: "number", title: sector.delta_s === null ? "A marker has no place in the new run" : `90 %:${within} s` }, signed(sector.delta_s).replace(" s", ""), h("small", { class: "muted" }, within)),
        h("td", { class: "share" }, sector.delta_s === null ? null : bar(sector.delta_s / most)),
        h("td", { class: "number" }, signed(sector.cumulative_s).replace(" s", "")),
        h("td", {}, h("button", { class: "icon plain", title: "Repeat this sector", "aria-label": `Repeat ${sector.name}`, onclick: (event) => this.#repeat(event, sector) }, icon("loop"))));
    }));
  }

  #repeat(event, sector) {
    event.stopPropagation();
    this.desk.link.setLock("sector");
    this.desk.setLoop(sector.ref_s);
  }
}

/** A bar from the middle: to the left faster, to the right slower. */
function bar(share) {
  const width = `${Math.abs(share) * 50}%`;
  return h("div", { class: "balance", "aria-hidden": "true" }, h("i", { class: share > 0 ? "slower" : "faster", style: { width, [share > 0 ? "left" : "right"]: "50%" } }));
}
