/** Small line drawings for buttons, 20 by 20. */

import { svg } from "./dom.js";

const PATHS = {
  play: ["M6 4l10 6-10 6z", true],
  pause: ["M5 4h3.5v12H5zM11.5 4H15v12h-3.5z", true],
  first: ["M5 4v12M15 5l-7 5 7 5z"],
  last: ["M15 4v12M5 5l7 5-7 5z"],
  back: ["M12 5l-5 5 5 5"],
  ahead: ["M8 5l5 5-5 5"],
  link: ["M8.5 11.5l3-3M7 9l-2 2a2.8 2.8 0 004 4l2-2M13 11l2-2a2.8 2.8 0 00-4-4L9 7"],
  unlink: ["M7 9l-2 2a2.8 2.8 0 004 4l2-2M13 11l2-2a2.8 2.8 0 00-4-4L9 7M4 4l12 12"],
  match: ["M3 10l4 4 5-8M11 13l1.5 1.5L18 7"],
  flag: ["M5 17V4h9l-2 3.2 2 3.3H5"],
  note: ["M4 16l1-4 8.5-8.5 3 3L8 15z"],
  add: ["M10 4v12M4 10h12"],
  sound: ["M4 8v4h3l4 3.5v-11L7 8zM14 7.5a4 4 0 010 5"],
  silent: ["M4 8v4h3l4 3.5v-11L7 8zM14 8l3.5 4M17.5 8L14 12"],
  loop: ["M5 8a5 5 0 0110 0M15 12a5 5 0 01-10 0M15 4v4h-4M5 16v-4h4"],
  bin: ["M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6"],
  swap: ["M4 7h11l-3-3M16 13H5l3 3"],
};

/** The drawing of this name, hidden from screen readers: the button says what it is. */
export function icon(name) {
  const [path, full] = PATHS[name];
  return svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: path, class: full ? "full" : null }));
}
