/** The times of all frames of a recording, from the server's table of presentation stamps: right for variable rates too. */

import { rateOf } from "./times.js";
import { segmentOf } from "./warp.js";

export class Frames {
  /** @param {{timebase: string, pts: number[], start: number, duration_s: number, ends_s: number}} table pts delta-coded */
  constructor(table) {
    const [over, under] = table.timebase.split("/").map(Number);
    const unit = over / (under || 1);
    this.times = new Float64Array(table.pts.length);
    let stamp = -(table.start ?? 0);
    table.pts.forEach((step, n) => {
      stamp += step;
      this.times[n] = stamp * unit;
    });
    this.count = this.times.length;
    this.end = table.ends_s ?? table.duration_s;
  }

  /** Frames of a recording whose file is not there: evenly apart, as its header once said. */
  static even(recording, end) {
    const rate = rateOf(recording?.rate);
    const count = Math.max(recording?.n_frames ?? Math.ceil(end * rate), 1);
    const frames = new Frames({ timebase: "1/1", pts: [], start: 0, duration_s: count / rate });
    frames.times = Float64Array.from({ length: count }, (_, n) => n / rate);
    frames.count = count;
    return frames;
  }

  /** When frame n begins, seconds. */
  time(n) {
    return this.times[this.held(n)];
  }

  /** The middle of frame n: what a player is asked for, so that no rounding can show its neighbour. */
  centre(n) {
    const at = this.held(n);
    return (this.times[at] + (at + 1 < this.count ? this.times[at + 1] : Math.max(this.end, this.times[at]))) / 2;
  }

  /** The frame that is shown at a time; the clock's own rounding (0.1 ms) is forgiven. */
  at(t) {
    return this.held(segmentOf(this.times, t + 1e-4));
  }

  /** The frame that begins nearest to a time. */
  nearest(t) {
    const n = this.at(t);
    return n + 1 < this.count && this.times[n + 1] - t < t - this.times[n] ? n + 1 : n;
  }

  held(n) {
    return Math.min(Math.max(n, 0), this.count - 1);
  }
}
