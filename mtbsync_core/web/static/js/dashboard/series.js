/** The points of the time series: which are shown, smoothed how, and as CSV. No page in here. */

/** [field, title, unit, decimals] */
export const FIELDS = [
  ["fps", "Frames per second", "", 1],
  ["cpu_pct", "CPU", " %", 0],
  ["gpu_util", "GPU", " %", 0],
  ["gpu_mem_mb", "GPU memory", " MB", 0],
  ["rss_mb", "Memory", " MB", 0],
];

/** The points between two moments (ms, or null), and of these the newest so many. */
export function chosen(points, { from = null, to = null, recent = null } = {}) {
  const fit = points.filter((point) => (from === null || point.at >= from) && (to === null || point.at <= to));
  return recent ? fit.slice(-recent) : fit;
}

/** The mean of what is known of each value and the `window - 1` before it; what is not known stays a gap. */
export function smoothed(values, window) {
  return values.map((value, k) => {
    if (value === null) return null;
    const known = values.slice(Math.max(0, k - window + 1), k + 1).filter((v) => v !== null);
    return known.reduce((sum, v) => sum + v, 0) / known.length;
  });
}

/** Mean, smallest and largest of what is known; null where nothing is. */
export function spread(values) {
  const known = values.filter((value) => value !== null);
  if (!known.length) return null;
  return { mean: known.reduce((sum, v) => sum + v, 0) / known.length, low: Math.min(...known), high: Math.max(...known), known: known.length };
}

/** Points as CSV, a row each; a text that a spreadsheet would run as a formula has an apostrophe in front. */
export function csv(points, fields) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const names = ["_path", "_ts", "run", ...fields];
  return [names, ...points.map((point) => names.map((name) => point[name]))].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** What came anew into the points of before, by `_path`, the oldest first, at most so many. */
export function merged(points, fresh, most) {
  const all = new Map(points.map((point) => [point._path, point]));
  for (const point of fresh) all.set(point._path, { ...point, at: Date.parse(point._ts) });
  return [...all.values()].sort((a, b) => a.at - b.at || (a._path < b._path ? -1 : 1)).slice(-most);
}
