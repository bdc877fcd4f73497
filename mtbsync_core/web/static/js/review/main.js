/** The review page put together: its parts, and what the keys do. */

import { $, h, tell } from "../dom.js";
import { listen, showHelp } from "../keyboard.js";
import { switchTheme } from "../theme.js";
import { recall, rememberSoon } from "../address.js";
import { Charts } from "./charts.js";
import { Desk } from "./desk.js";
import { Export } from "./export.js";
import { Figures } from "./figures.js";
import { Head } from "./head.js";
import { KEYS } from "./keys.js";
import { MarkerForm } from "./marker_form.js";
import { MarkerList } from "./marker_list.js";
import { Matching } from "./matching.js";
import { Notes } from "./notes.js";
import { Panels } from "./panels.js";
import { Places, placesToCheck } from "./places.js";
import { Sectors } from "./sectors.js";
import { Stage, makeStage } from "./stage.js";
import { Timeline } from "./timeline.js";
import { clock, parseTime } from "./times.js";
import { Transport } from "./transport.js";

const run = recall("run");
const desk = new Desk(run, makeStage());
const matching = new Matching(desk);
const stage = new Stage(desk);
const exporting = new Export(desk);
const timeline = new Timeline(desk);
const charts = new Charts(desk, { kind: recall("chart", "delta"), axis: recall("axis", "time") }, (span) => timeline.setSpan(span));
const list = new MarkerList(desk, { near: recall("near") === "1", find: recall("find"), filter: recall("filter", "all"), colour: recall("colour") }, rememberSoon);
const form = new MarkerForm(desk, (marker) => matching.begin({ marker }));
const places = new Places(desk, matching);
const notes = new Notes(desk, () => panels.show("notes"));
const panels = new Panels([
  { key: "markers", label: "Markers", element: [list.element, form.element], count: (state) => state.markers.length },
  { key: "sectors", label: "Sectors", element: new Sectors(desk).element, count: (state) => state.sectors.length },
  { key: "places", label: "To check", element: places.element, count: (state) => placesToCheck(state).length },
  { key: "notes", label: "Notes", element: notes.element, count: (state) => state.notes.length },
  { key: "figures", label: "Figures", element: new Figures(desk).element },
], recall("tab", "markers"));
new Head(desk, () => panels.show("places"));

let backwards = false;

async function addMarker() {
  const t = desk.ref.frames.time(desk.ref.want);
  const had = new Set(desk.state.markers.map((marker) => marker.id));
  if (!(await desk.store.edit("add_marker", { t_ref: t, name: `Marker ${desk.state.markers.length + 1}` }))) return;
  const made = desk.state.markers.find((marker) => !had.has(marker.id));
  panels.show("markers");
  desk.choose(made?.id ?? null, { go: false });
  form.focus();
}

function goTo() {
  const input = h("input", { "aria-label": "Time", value: clock(desk.now), size: "14", id: "go-to" });
  const dialog = h("dialog", { class: "small", "aria-label": "Go to" },
    h("form", { class: "row", method: "dialog" }, h("label", { for: "go-to" }, "Go to"), input, h("button", { class: "main" }, "Go")),
    h("p", { class: "muted" }, "Seconds, 1:23.4, or the reference's timecode."));
  dialog.querySelector("form").addEventListener("submit", (event) => {
    const t = parseTime(input.value, desk.state.ref);
    if (t !== null) return desk.go(t);
    event.preventDefault();
    return tell(`"${input.value}" is no time.`);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  input.select();
}

/** What a key does; a button of the transport does the same. */
const actions = {
  play: () => transport.toggle(),
  faster: () => transport.faster(),
  slower: () => transport.slower(),
  stop: () => transport.stop(),
  backwards: () => {
    if (!backwards) tell("Videos do not play backwards: J steps back while it is held.");
    backwards = true;
    desk.step(-3);
  },
  around: () => desk.setLoop(desk.loop ? null : [Math.max(desk.now - 1, 0), Math.min(desk.now + 1, desk.ref.frames.end)]),
  sound: () => stage.otherSound(),
  frameBack: () => desk.step(-1),
  frameAhead: () => desk.step(1),
  secondBack: () => desk.jump(-1),
  secondAhead: () => desk.jump(1),
  fiveBack: () => desk.jump(-5),
  fiveAhead: () => desk.jump(5),
  first: () => desk.go(desk.link.warp?.first ?? 0),
  last: () => desk.go(desk.link.warp?.last ?? desk.ref.frames.end),
  goTo,
  markerBack: () => toMarker(-1),
  markerAhead: () => toMarker(1),
  doubtful: () => places.next() || tell("Nothing to check."),
  link: () => !desk.flow && desk.link.setLinked(!desk.link.linked),
  nudgeBack: () => nudge(-1),
  nudgeAhead: () => nudge(1),
  nudgeBackTen: () => nudge(-10),
  nudgeAheadTen: () => nudge(10),
  swap: () => stage.swap(),
  viewSide: () => desk.setView("side"),
  viewOverlay: () => desk.setView("overlay"),
  viewWipe: () => desk.setView("wipe"),
  viewDifference: () => desk.setView("difference"),
  match: () => matching.match(),
  flag: () => matching.begin({ marker: chosenHere() }),
  confirm: () => (desk.flow ? matching.confirm() : false),
  cancel: () => (desk.flow ? matching.cancel() : notes.writing ? notes.cancel() : desk.loop ? desk.setLoop(null) : false),
  addMarker,
  editMarker: () => {
    panels.show("markers");
    form.focus();
  },
  note: () => notes.write(),
  undo: () => desk.store.undo(),
  redo: () => desk.store.redo(),
  save: () => (desk.state.writable ? desk.store.save() : tell("Not saved: start with --allow-write to keep changes.")),
  export: () => exporting.open(),
  theme: switchTheme,
  help: () => showHelp(KEYS),
};

function toMarker(way) {
  const marker = desk.neighbour(way);
  if (marker) desk.choose(marker.id);
}

function nudge(count) {
  desk.link.pause();
  desk.link.nudge(count);
}

/** The chosen marker, where it is the one that is looked at. */
function chosenHere() {
  const { marker } = desk;
  return marker && Math.abs(marker.t_ref - desk.now) < 0.05 ? marker : null;
}

const transport = new Transport(desk, actions);
listen(KEYS, actions);
$("help").addEventListener("click", () => showHelp(KEYS));
$("export").addEventListener("click", () => exporting.open());
desk.store.subscribe((state) => panels.update(state));
desk.link.addEventListener("changed", () => rememberSoon({ lock: desk.link.lock === "place" ? null : desk.link.lock }));
desk.addEventListener("view", () => rememberSoon({ view: desk.view === "side" ? null : desk.view }));
desk.addEventListener("chosen", () => rememberSoon({ marker: desk.chosen }));
$("charts").addEventListener("click", () => rememberSoon({ chart: charts.kind === "delta" ? null : charts.kind, axis: charts.axis === "time" ? null : charts.axis }));
$("charts").addEventListener("change", () => rememberSoon({ axis: charts.axis === "time" ? null : charts.axis }));

async function start() {
  await desk.store.load();
  const { state } = desk;
  const at = Number(recall("t", String(state.warp?.knots[0]?.[0] ?? 0)));
  const lock = recall("lock", "place");
  if (["place", "time", "sector"].includes(lock)) desk.link.lock = lock;
  const [ends, endsNew] = state.warp?.knots.at(-1) ?? [60, 60];
  await Promise.all([desk.ref.load(at, state.ref, ends), desk.other.load(desk.link.map(at) || 0, state.new, endsNew)]);
  desk.link.moveTo(desk.ref.frames.nearest(at));
  if (desk.store.marker(recall("marker"))) desk.choose(recall("marker"), { go: false });
  desk.setView(["overlay", "wipe", "difference"].includes(recall("view")) ? recall("view") : "side");
  timeline.draw();
  charts.draw();
  desk.link.addEventListener("moved", () => !desk.link.playing && rememberSoon({ t: desk.ref.frames.time(desk.ref.want).toFixed(3) }));
  document.body.dataset.ready = "true";
}

window.review = desk; // for tests, and for whoever is curious
start().catch((error) => {
  tell(error);
  throw error;
});
