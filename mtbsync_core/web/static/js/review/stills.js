/** Exact pictures of frames from the originals: the one that lies over a resting video, and those around it for stepping. */

import { url } from "../api.js";

const AROUND = 22; // frames each way: with the one in the middle, 45
const STEP_WIDTH = 960;
const AT_ONCE = 2;

/** Where the server shows frame n of a side. */
export const stillUrl = (run, side, n, width = null) => url(`/frame/${side}/${n}.webp`, { run, width });

/** The frames around the last rest as bitmaps, so that a step needs neither the network nor a decoder. */
export class StepCache {
  constructor(run, side) {
    this.run = run;
    this.side = side;
    this.bitmaps = new Map();
    this.loading = new Map();
    this.wanted = [];
  }

  get(n) {
    return this.bitmaps.get(n) ?? null;
  }

  /** Fetches what is missing around frame n, the nearest first and those ahead of the last step before those behind. */
  around(n, count, ahead = 1) {
    const near = (frame) => frame >= Math.max(0, n - AROUND) && frame <= Math.min(count - 1, n + AROUND);
    for (const [frame, bitmap] of this.bitmaps) {
      if (!near(frame)) {
        bitmap.close();
        this.bitmaps.delete(frame);
      }
    }
    for (const [frame, abort] of this.loading) if (!near(frame)) abort.abort();
    this.wanted = [n];
    for (let far = 1; far <= AROUND; far += 1) this.wanted.push(n + far * ahead, n - far * ahead);
    this.wanted = this.wanted.filter((frame) => near(frame) && !this.bitmaps.has(frame));
    this.#fetch();
  }

  /** Stops fetching: something else needs the machine. */
  rest() {
    this.wanted = [];
    for (const abort of this.loading.values()) abort.abort();
  }

  #fetch() {
    while (this.loading.size < AT_ONCE && this.wanted.length) {
      const frame = this.wanted.shift();
      if (!this.loading.has(frame) && !this.bitmaps.has(frame)) this.#fetchOne(frame);
    }
  }

  async #fetchOne(frame) {
    const abort = new AbortController();
    this.loading.set(frame, abort);
    try {
      const answer = await fetch(stillUrl(this.run, this.side, frame, STEP_WIDTH), { signal: abort.signal });
      if (answer.ok) this.bitmaps.set(frame, await createImageBitmap(await answer.blob()));
    } catch {
      // A picture that did not come is one to be sought in the video instead.
    } finally {
      this.loading.delete(frame);
      this.#fetch();
    }
  }
}
