/** How the dashboard writes figures, times and results: always words beside a colour. */

import { h, svg } from "../dom.js";

const DRAWN = {
  good: ["M8 1a7 7 0 100 14A7 7 0 008 1z", "M4.8 8.2l2.3 2.3 4.2-4.8"],
  check: ["M8 1.4L15.3 14.4H.7z", "M8 6v4M8 11.8v.4"],
  bad: ["M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"],
  running: [null, "M8 1.8A6.2 6.2 0 111.8 8"],
  waiting: [null, "M8 1.8A6.2 6.2 0 108 14.2 6.2 6.2 0 008 1.8M8 4.6V8l2.3 1.6"],
  interrupted: [null, "M5.6 3.5v9M10.4 3.5v9"],
};
const OF_SIGN = { "✅": "good", "⚠️": "check", "❌": "bad" };
const BRIEF = { refused: "no map", good: "good", check: "check" };

/** What a row comes to: one of `good`, `check`, `bad`, `running`, `waiting`, `interrupted`. */
export const kindOf = (row) => OF_SIGN[row.sign] ?? row.state;

/** The same in a word or two, as people read it. */
export function wordOf(row) {
  const kind = kindOf(row);
  if (kind === "check" && row.verdict === "good") return "good, wide";
  if (kind === "bad") return row.state === "failed" ? "failed" : BRIEF[row.verdict] ?? "no map";
  return BRIEF[row.verdict] ?? kind;
}

/** The drawing of a kind; the word beside it says the same. */
export function signOf(kind) {
  const [area, line] = DRAWN[kind] ?? DRAWN.waiting;
  return svg("svg", { class: `sign ${kind}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    area ? svg("path", { class: "area", d: area }) : null, svg("path", { class: "line", d: line }));
}

/** Drawing and word. */
export const result = (row) => h("span", { class: "result" }, signOf(kindOf(row)), h("span", {}, wordOf(row)));

/** 3 s, 1:23, 2:05:00. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const s = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** "about 3 min left". */
export function left(seconds, about = "about ") {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 90) return `${about}${Math.max(1, Math.round(seconds / 5) * 5)} s left`;
  if (seconds < 5400) return `${about}${Math.round(seconds / 60)} min left`;
  return `${about}${(seconds / 3600).toFixed(1)} h left`;
}

/** A number with so many decimals, or nothing. */
export const figure = (value, decimals = 2, unit = "") =>
  value === null || value === undefined ? "" : `${value.toFixed(decimals)}${unit}`;

export const percent = (share) => (share === null || share === undefined ? "" : `${Math.round(share * 100)} %`);

const YEAR = new Date().getFullYear();
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hour12: false });
const OLD = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** A day and a time of this machine's clock, in full as the title; of seconds since 1970, or an ISO text. */
export function moment(at, whole = false) {
  const date = at === null || at === undefined || at === "" ? null : new Date(typeof at === "number" ? at * 1000 : at);
  if (!date || Number.isNaN(date.getTime())) return "";
  const brief = date.getFullYear() === YEAR ? DAY : OLD;
  return whole ? FULL.format(date) : h("time", { datetime: date.toISOString(), title: FULL.format(date) }, brief.format(date));
}

/** 820 B, 3.4 MB. */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let n = bytes, k = 0;
  while (n >= 999.5 && k < units.length - 1) { n /= 1000; k += 1; }
  return `${k && n < 99.5 ? n.toFixed(1) : Math.round(n)} ${units[k]}`;
}

/** A count and its word: `many(1, "run")` is "1 run". */
export const many = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** The name of a run with the folders above it set back. */
export function nameOf(run) {
  const at = run.lastIndexOf("/") + 1;
  return [at ? h("span", { class: "muted" }, run.slice(0, at)) : null, run.slice(at)];
}
