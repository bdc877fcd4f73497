/** The page to pick from: results below the roots, or single files; what is picked opens as a review. */

import { get, post, url } from "./api.js";
import { $, h, refill, tell } from "./dom.js";

const VERDICTS = { good: "good", check: "check", refused: "refused" };
const FIELDS = [
  ["timewarp", "Map", "timewarps", "timewarp.json or warp.npz"],
  ["ref", "Reference", "videos", "its recording, if the map does not say"],
  ["new", "New run", "videos", "its recording, if the map does not say"],
  ["ref_markers", "Markers of the reference", "markers", "none"],
  ["new_markers", "Markers of the new run", "markers", "those beside the map"],
];

const review = (run) => url("/review", { run });

function results(all) {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter((one) => words.every((word) => `${one.run} ${one.ref} ${one.new} ${one.verdict}`.toLowerCase().includes(word)));
  if (!shown.length) return h("p", { class: "none muted" }, all.length ? "No result like this." : "No results here yet: mtbsync sync makes one.");
  return h("table", {},
    h("thead", {}, h("tr", {}, ["Folder", "New run", "Reference", "Verdict", "Aligned"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, shown.map((one) => h("tr", {},
      h("td", {}, h("a", { href: review(one.run) }, one.run), one.reviewed ? h("span", { class: "tag" }, "reviewed") : null),
      h("td", { class: "new" }, one.new ?? "–"), h("td", { class: "ref" }, one.ref ?? "–"),
      h("td", {}, h("span", { class: `verdict-word ${one.verdict}` }, VERDICTS[one.verdict] ?? one.verdict ?? "–")),
      h("td", { class: "muted" }, new Date(1000 * one.changed).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }))))));
}

function fields(found) {
  const lists = ["timewarps", "videos", "markers"].map((kind) =>
    h("datalist", { id: `list-${kind}` }, found[kind].map((file) => h("option", { value: file.name }))));
  const inputs = FIELDS.map(([name, label, kind, hint]) => [
    h("label", { for: `pick-${name}`, class: name.startsWith("ref") ? "ref" : name.startsWith("new") ? "new" : "" }, label),
    h("input", { id: `pick-${name}`, name, list: `list-${kind}`, placeholder: hint, autocomplete: "off" }),
  ]);
  return [...lists, ...inputs, h("span", {}), h("button", { class: "main" }, "Open")];
}

async function open(event) {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim()));
  try {
    location.href = review((await post("/api/pick", given)).run);
  } catch (error) {
    tell(error);
  }
}

async function start() {
  const found = await get("/api/pick");
  $("roots").textContent = `in ${found.roots.join(", ")}${found.more ? ": only the nearest are listed" : ""}`;
  const draw = () => refill($("results"), results(found.results));
  $("find").addEventListener("input", draw);
  draw();
  refill($("files"), fields(found));
  $("files").addEventListener("submit", open);
  document.body.dataset.ready = "true";
}

start().catch(tell);
