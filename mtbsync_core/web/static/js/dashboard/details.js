/** What there is to say of one run, beside the table: result in words, figures, places to check, seconds, files, log. */

import { get, post, url } from "../api.js";
import { h, refill, tell } from "../dom.js";
import { clock, figure, kindOf, left, many, moment, nameOf, percent, signOf, size, wordOf } from "./words.js";

const STAGES = ["sensors", "reference", "new run", "compare", "refine", "second look", "warp"];
const RESULT = {
  good: "Good: the map may be used as it is.", check: "Check: the map may be used after a look.", bad: "No map.",
  running: "At work.", waiting: "Waits for its turn.", interrupted: "Interrupted; batch takes it up again.",
};

/** Fills `side` with the run; gives a function that takes a newer row of it. */
export function showRun(side, row, { close, writable }) {
  const strip = h("div"), figures = h("dl", { class: "figures" }), more = h("div", { class: "more" });
  const show = (now) => {
    refill(strip, verdict(now), now.state === "running" ? stages(now) : null);
    refill(figures, known(now));
  };
  show(row);
  refill(side, h("section", { class: "card panel run" },
    h("div", { class: "head" }, h("h2", { title: row.title }, nameOf(row.title)),
      h("button", { class: "plain icon", "aria-label": "Close", title: "Close (Esc)", onclick: close }, "×")),
    strip, writable ? acts(row) : null, row.has_map ? h("p", { class: "row" }, h("a", { class: "button main", id: "review", href: url("/review", { run: row.run }) }, "Open review")) : null,
    figures, more));
  let state = row.state;
  const load = () => fill(more, row.run).catch((error) => refill(more, h("p", { class: "bad" }, error.message)));
  load();
  return (now) => {
    show(now);
    if (now.state !== state) {
      state = now.state;
      showRun(side, now, { close, writable });
    }
  };
}

function verdict(row) {
  const kind = kindOf(row);
  return h("div", { class: `verdict ${kind}`, role: "status" }, signOf(kind),
    h("div", {}, h("strong", {}, row.state === "failed" ? "Failed." : RESULT[kind]), row.reasons ? h("p", {}, row.reasons) : null));
}

function stages(row) {
  const at = STAGES.indexOf(row.stage);
  return h("ol", { class: "stages" }, STAGES.map((name, k) => {
    const share = k < at ? 1 : k === at ? row.stage_done ?? 0 : 0;
    return h("li", { class: k < at ? "over" : k === at ? "now" : "" }, h("span", {}, name),
      h("span", { class: "bar" }, h("span", { style: { width: `${share * 100}%` } })), h("span", { class: "number" }, k > at ? "" : percent(share)));
  }), h("li", { class: "muted" }, left(row.eta_s)));
}

function known(row) {
  const facts = [
    ["P90", figure(row.p90_s, 2, " s"), "Nine of ten places are expected to be known to this"],
    ["Residual P90", figure(row.residual_p90_s, 2, " s"), "Nine of ten pairs lie this near to the map"],
    ["Covered", percent(row.coverage)],
    ["Markers", row.markers === null ? "" : `${row.markers}${row.needs_review ? `, ${row.needs_review} to check` : ""}`],
    ["Took", clock(row.seconds)],
    ["Began", moment(row.started_at)],
    ["Rider", row.rider], ["Bike", row.bike], ["Ridden", row.date], ["Notes", row.notes],
    ["Reference", row.reference, row.reference, "ref"], ["New run", row.new, row.new, "new"],
  ];
  return facts.filter(([, value]) => value).map(([name, value, hint, kind]) => [
    h("dt", { class: kind ?? null }, name), h("dd", { title: hint ?? null }, kind ? h("bdi", {}, String(value).split(/[\\/]/).pop()) : value)]);
}

async function fill(more, run) {
  const [about, files] = await Promise.all([get(url("/api/run", { run })), get(url("/api/files", { run })).catch(() => ({ items: [] }))]);
  const warp = files.items.find((file) => file.name.split("/").pop() === "timewarp.json");
  refill(more,
    about.row.has_map && about.hidden.length ? h("p", { class: "muted hidden-videos" },
      "The review shows no video of this run: it lies outside of what this server may show. Start the dashboard with ", h("code", {}, `--recordings ${about.hidden[0]}`), ".") : null,
    about.weak.length ? part("Places to check", h("ul", {}, about.weak.map((weak) =>
      h("li", {}, h("span", { class: "number" }, weak.new_s.map(clock).join(" – ")), " ", weak.text, weak.advice ? h("p", { class: "muted" }, weak.advice) : null)))) : null,
    about.stages.length ? part("Seconds", timeline(about.stages)) : null,
    about.command ? part("Command", copied(about.command)) : null,
    files.items.length ? part("Files", h("ul", { class: "files" }, files.items.map((file) =>
      h("li", {}, h("a", { href: file.href, download: "" }, file.name.split("/").slice(run === "." ? 0 : run.split("/").length).join("/")), h("span", { class: "muted number" }, size(file.size)))))) : null,
    warp ? raw(run) : null,
    about.events.length ? part("Log", h("ol", { class: "log" }, about.events.map((event) =>
      h("li", {}, moment(event.at), h("pre", {}, [event.event ?? event.kind, event.text].filter(Boolean).join(": ")))))) : null,
    about.folder ? part("Folder", copied(about.folder, h("button", { onclick: () => ask("/api/open", run) }, "Open"))) : null);
}

const part = (title, content) => h("section", {}, h("h3", {}, title), content);

function timeline(stages) {
  const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  return [
    h("div", { class: "stacked", "aria-hidden": "true" }, stages.map(([, seconds], k) => h("span", { class: `s${k % 7}`, style: { width: `${(seconds / total) * 100}%` } }))),
    h("ul", { class: "legend" }, stages.map(([name, seconds], k) => h("li", {}, h("span", { class: `dot s${k % 7}` }), ` ${name} `, h("span", { class: "number" }, clock(seconds))))),
  ];
}

/** What can be done about the work on a run, where the server may write. */
function acts(row) {
  const button = (path, said, label, title) => h("button", { title, onclick: () => ask(path, row.run, said) }, label);
  if (["running", "waiting"].includes(row.state)) return h("p", { class: "row" }, button("/api/cancel", "It will be left in a moment.", "Cancel", "Leave this run; the others go on"));
  if (!["failed", "interrupted"].includes(row.state)) return null;
  return h("p", { class: "row" }, button("/api/resume", "The batch has begun again.", "Try again", "Go on with its batch: what failed, was cancelled or interrupted, or is new"));
}

async function ask(path, run, said = "") {
  try {
    await post(path, { run });
    if (said) tell(said);
  } catch (error) {
    tell(error);
  }
}

/** A text to copy; `more` stands beside it. */
function copied(text, more = null) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell("Copied.");
    } catch {
      getSelection().selectAllChildren(code);
      tell("Chosen; copy it with Ctrl+C.");
    }
  };
  const code = h("code", { class: "command", tabindex: "0" }, text);
  return h("div", { class: "copied" }, code, h("button", { onclick: copy }, "Copy"), more);
}

function raw(run) {
  const shown = h("pre", { tabindex: "0", "aria-label": "timewarp.json" });
  const load = async () => {
    try {
      const warp = await get(url("/api/timewarp", { run }));
      if (warp.knots?.length > 20) warp.knots = [...warp.knots.slice(0, 20), `… ${many(warp.knots.length - 20, "more knot")}`];
      shown.textContent = JSON.stringify(warp, null, 1);
    } catch (error) {
      shown.textContent = error.message;
    }
  };
  return h("details", { class: "raw", ontoggle: () => !shown.textContent && load() }, h("summary", {}, "The map: timewarp.json"), shown);
}
