/** The two charts, drawn by uPlot: drag to zoom, double click to see all, click to go there. */

import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { clock } from "./times.js";

const SOURCES = { sequence: "whole pictures", anchor: "local features", user: "your pairs" };
const TIMES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200]; // steps of the axis, seconds

function common(ask, scale, label) {
  const { colours } = ask;
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const font = `${Math.round(root * 0.85)}px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colours.muted, font, labelFont: font, grid: { stroke: colours.line, width: 1 / devicePixelRatio }, ticks: { show: false }, gap: 4 };
  let clicked = null;
  return {
    ...ask.size,
    padding: [6, root * 0.9, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, dist: 6 },
      points: { show: false },
      bind: {
        mousedown: (_u, _t, handler) => (event) => {
          clicked = event.clientX;
          handler(event);
        },
      },
    },
    scales: { x: { time: false, range: (_u, low, high) => (low === null ? ask.range : [low, high]) }, y: { range: scale } },
    axes: [
      { ...axis, size: root * 1.6, incrs: ask.far ? undefined : TIMES, space: root * 5, values: (_u, ticks) => ticks.map((tick) => (ask.far ? `${Math.round(tick)} m` : clock(tick, tick % 1 ? 1 : 0))) },
      { ...axis, size: root * 3.6 - 1, values: (_u, ticks) => ticks.map((tick) => (tick > 0 ? `+${tick}` : `${tick}`.replace("-", "−"))), label, labelSize: 0, space: root * 2 },
    ],
    hooks: {
      ready: [(u) => {
        u.over.addEventListener("click", (event) => {
          if (clicked === null || Math.abs(event.clientX - clicked) > 4) return;
          ask.onClick(u.posToVal(event.clientX - u.over.getBoundingClientRect().left, "x"));
        });
        u.setScale("x", { min: (ask.zoom ?? ask.range)[0], max: (ask.zoom ?? ask.range)[1] });
        u.over.addEventListener("dblclick", () => u.setScale("x", { min: ask.range[0], max: ask.range[1] }));
      }],
      setScale: [(u, name) => name === "x" && u.status && ask.onZoom([u.scales.x.min, u.scales.x.max])],
      drawClear: [(u) => shade(u, ask)],
    },
  };
}

/** Parts that are not to be trusted, gaps hatched, the zero line, and the markers as lines. */
function shade(u, { shades, colours }) {
  const { ctx, bbox } = u;
  const x = (value) => u.valToPos(value, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colours.soft;
  for (const [a, b] of shades.weak) ctx.fillRect(x(a), bbox.top, x(b) - x(a), bbox.height);
  ctx.strokeStyle = colours.line;
  ctx.lineWidth = devicePixelRatio;
  for (const [a, b] of shades.gaps) hatch(ctx, x(a), bbox.top, x(b) - x(a), bbox.height);
  ctx.strokeStyle = colours.muted;
  line(ctx, bbox.left, u.valToPos(0, "y", true), bbox.left + bbox.width, u.valToPos(0, "y", true));
  for (const marker of shades.markers) {
    ctx.strokeStyle = marker.chosen ? colours.text : colours.edge;
    ctx.setLineDash(marker.chosen ? [] : [2 * devicePixelRatio, 4 * devicePixelRatio]);
    line(ctx, x(marker.x), bbox.top, x(marker.x), bbox.top + bbox.height);
  }
  ctx.restore();
}

function hatch(ctx, left, top, width, height) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  const step = 7 * devicePixelRatio;
  for (let at = left - height; at < left + width; at += step) line(ctx, at, top + height, at + height, top);
  ctx.restore();
}

function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

/** A range with zero in it and a little room. */
function roomy(_u, low, high) {
  const [least, most] = [Math.min(low ?? 0, 0), Math.max(high ?? 0, 0)];
  const room = Math.max((most - least) * 0.08, 0.05);
  return [least - room, most + room];
}

/** Time delta over the reference with its 90 % band: below zero the new run is ahead. */
export function deltaChart(box, { delta }, ask) {
  if (!delta?.ref_s.length) return null;
  const { colours } = ask;
  const x = ask.far ? delta.distance_m : delta.ref_s;
  const faint = { stroke: "transparent", width: 0, points: { show: false } };
  return new uPlot({
    ...common(ask, roomy, null),
    series: [{}, { stroke: colours.new, width: 2 * thick(), points: { show: false } }, faint, faint],
    bands: [{ series: [3, 2], fill: withAlpha(colours.new, 0.28) }],
  }, [x, delta.delta_s, delta.lo, delta.hi], box);
}

/** What each pair is off the map, seconds; pairs that the map does not use are hollow. */
export function residualChart(box, { pairs }, ask) {
  const { colours } = ask;
  const order = [...pairs.t_ref.keys()].filter((i) => pairs.residual_s[i] !== null).sort((a, b) => pairs.t_ref[a] - pairs.t_ref[b]);
  if (!order.length) return null;
  const groups = [
    { label: SOURCES.sequence, take: (i) => pairs.valid[i] && !["anchor", "user"].includes(pairs.source[i]), stroke: colours.muted, size: 3 },
    { label: SOURCES.anchor, take: (i) => pairs.valid[i] && pairs.source[i] === "anchor", stroke: colours.ref, size: 4 },
    { label: "not used", take: (i) => !pairs.valid[i], stroke: colours.edge, hollow: true, size: 4 },
    { label: SOURCES.user, take: (i) => pairs.source[i] === "user", stroke: colours.new, size: 9 },
  ];
  const used = order.filter((i) => pairs.valid[i]).map((i) => Math.abs(pairs.residual_s[i])).sort((a, b) => a - b);
  const most = Math.max(0.1, 1.5 * (used[Math.floor(used.length * 0.99)] ?? 0));
  const held = (value) => Math.min(Math.max(value, -most), most);
  const scale = thick();
  return new uPlot({
    ...common(ask, () => [-most * 1.05, most * 1.05], null),
    legend: { show: true, live: false, markers: { width: 2 } },
    series: [{ label: "" }, ...groups.map((group) => ({
      label: group.label, stroke: group.stroke, paths: () => null, points: { show: true, size: group.size * scale, fill: group.hollow ? colours.panel : group.stroke, width: 1 },
    }))],
  }, [order.map((i) => pairs.t_ref[i]), ...groups.map((group) => order.map((i) => (group.take(i) ? held(pairs.residual_s[i]) : null)))], box);
}

/** By how much lines and points are larger on a large screen. */
const thick = () => Math.sqrt(parseFloat(getComputedStyle(document.documentElement).fontSize) / 13);

function withAlpha(rgb, alpha) {
  const numbers = rgb.match(/[\d.]+/g).slice(0, 3);
  return `rgb(${numbers.join(" ")} / ${alpha})`;
}
