/** The time warp on the page: straight between knots, no answer outside them and inside gaps (as `warp.TimeWarp`). */

/** Number i of the segment [values[i], values[i + 1]] that holds x; -1 before the first, values.length - 1 after the last. */
export function segmentOf(values, x) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= x) low = middle + 1;
    else high = middle;
  }
  const found = low - 1;
  return found === values.length - 1 && x === values[found] ? found - 1 : found;
}

export class Warp {
  /** @param {{knots: number[][], gaps: number[], bridges: number[]}} saved */
  constructor({ knots, gaps = [], bridges = [] }) {
    this.ref = knots.map((knot) => knot[0]);
    this.new = knots.map((knot) => knot[1]);
    this.gaps = new Set(gaps);
    this.bridges = new Set(bridges);
    this.first = this.ref[0];
    this.last = this.ref.at(-1);
  }

  /** "inside", "gap", "before" or "after" of a reference time. */
  place(ref) {
    if (ref < this.first) return "before";
    if (ref > this.last) return "after";
    const i = segmentOf(this.ref, ref);
    return this.gaps.has(i) && ref !== this.ref[i] && ref !== this.ref[i + 1] ? "gap" : "inside";
  }

  /** New time of a reference time; with `through` also in gaps, on the straight line over them. NaN where there is none. */
  toNew(ref, through = false) {
    return this.place(ref) === "inside" || (through && this.place(ref) === "gap") ? along(this.ref, this.new, ref) : NaN;
  }

  /** Reference time of a new time, over gaps on a straight line; held to the knots at both ends. */
  toRef(at) {
    return along(this.new, this.ref, Math.min(Math.max(at, this.new[0]), this.new.at(-1)));
  }

  /** Seconds of the new run per second of the reference. */
  slope(ref) {
    const i = Math.min(Math.max(segmentOf(this.ref, ref), 0), this.ref.length - 2);
    return (this.new[i + 1] - this.new[i]) / (this.ref[i + 1] - this.ref[i]);
  }

  /** From where to where the gap reaches that holds this reference time. */
  gapAt(ref) {
    const i = segmentOf(this.ref, ref);
    let [low, high] = [i, i];
    while (this.gaps.has(low - 1)) low -= 1;
    while (this.gaps.has(high + 1)) high += 1;
    return [this.ref[low], this.ref[high + 1]];
  }
}

function along(from, to, x) {
  const i = Math.min(Math.max(segmentOf(from, x), 0), from.length - 2);
  return to[i] + ((x - from[i]) / (from[i + 1] - from[i])) * (to[i + 1] - to[i]);
}
