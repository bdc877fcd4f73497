/** Drawing on the reference's still with mouse, pen or finger: strokes as SVG paths in fractions of the picture. */

import { h, svg } from "../dom.js";
import { drawn, fitted } from "./stage.js";

const NEAR = 0.004; // points nearer than this to the last one say nothing

export class Drawing {
  constructor(box, recording, paths = []) {
    this.paths = [...paths];
    this.place = fitted(box, recording);
    this.layer = drawn(this.paths, box, recording);
    this.layer.classList.add("open");
    this.sheet = h("div", { class: "sheet", onpointerdown: (event) => this.#begin(event) }, this.layer);
    box.append(this.sheet);
  }

  #point(event) {
    const rect = this.layer.getBoundingClientRect();
    const held = (value) => Math.min(Math.max(value, 0), 1).toFixed(4);
    return [held((event.clientX - rect.left) / rect.width), held((event.clientY - rect.top) / rect.height)];
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    const points = [this.#point(event)];
    const path = svg("path", {});
    this.layer.append(path);
    const line = () => `M${points.map((point) => point.join(" ")).join("L")}`;
    const move = (now) => {
      const point = this.#point(now);
      const last = points.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAR) return;
      points.push(point);
      path.setAttribute("d", line());
    };
    const up = () => {
      this.sheet.removeEventListener("pointermove", move);
      if (points.length === 1) path.remove();
      else this.paths.push(line());
    };
    this.sheet.addEventListener("pointermove", move);
    this.sheet.addEventListener("pointerup", up, { once: true });
    this.sheet.addEventListener("pointercancel", up, { once: true });
  }

  back() {
    if (this.paths.pop()) this.layer.lastChild.remove();
  }

  close() {
    this.sheet.remove();
  }
}
