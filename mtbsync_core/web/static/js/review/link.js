/**
 * Two players as one. The reference is the master; the other follows by a map of times:
 *
 *   place   the warp: both riders are at the same place of the trail
 *   time    both started at the first common place, then real time for both
 *   sector  the same, started anew at the beginning of each sector
 *
 * While playing, the follower's speed is the map's slope + 0.8 per second of error, between half and double, and it jumps
 * where it is off by more than 0.25 s. Times are those of frames shown (`requestVideoFrameCallback`), not `currentTime`.
 */

const GAIN = 0.8; // per second
const LEAP_S = 0.25;
const SLOWEST = 0.5;
const FASTEST = 2;
const KEPT = 20000; // errors kept for whoever measures

export const LOCKS = { place: "same place", time: "same time", sector: "each sector anew" };

export class Link extends EventTarget {
  constructor(ref, other) {
    super();
    this.master = ref;
    this.follower = other;
    this.warp = null;
    this.sectors = [];
    this.lock = "place";
    this.linked = true;
    this.offset = 0; // seconds that the follower is moved against the map, by the user
    this.speed = 1;
    this.playing = false;
    this.errors = []; // while playing: [reference time, seconds off the map]
    this.leaps = 0;
    this.hidden = ""; // why the follower shows nothing
    ref.addEventListener("shown", () => this.#each());
    other.addEventListener("shown", () => this.dispatchEvent(new Event("moved")));
    ref.addEventListener("ended", () => this.pause());
    ref.addEventListener("state", () => this.#hold());
  }

  setWarp(warp, sectors) {
    this.warp = warp;
    this.sectors = sectors;
  }

  /** What one lock makes of a reference time: the new time, NaN where there is none. */
  map(t) {
    if (!this.warp) return t;
    if (this.lock === "place" || this.place(t) !== "inside") return this.warp.toNew(t);
    const from = this.#origin(t);
    return this.warp.toNew(from) + (t - from);
  }

  /** Slope of that map. */
  slope(t) {
    return this.warp && this.lock === "place" ? this.warp.slope(t) : 1;
  }

  place(t) {
    return this.warp ? this.warp.place(t) : "inside";
  }

  /** The reference time of a moment of the new run. */
  unmap(t) {
    return this.warp ? this.warp.toRef(t) : t;
  }

  /** Where both began, for the locks by time. */
  #origin(t) {
    if (this.lock === "sector") {
      const sector = this.sectors.findLast((one) => one.ref_s[0] <= t + 1e-6);
      if (sector && this.warp.place(sector.ref_s[0]) === "inside") return sector.ref_s[0];
    }
    return this.warp.first;
  }

  /** How far the follower is from the map now, seconds; null where the map says nothing. */
  get off() {
    const wanted = this.map(this.master.time);
    return Number.isFinite(wanted) ? this.follower.time - wanted : null;
  }

  // ---- moving while paused

  /** Shows reference frame n, and with it the follower's. */
  moveTo(n, how = {}) {
    this.master.seek(n, how);
    if (this.linked) this.#follow(how);
  }

  moveToTime(t, how = {}) {
    this.moveTo(this.master.frames.at(t), how);
  }

  /** Moves the follower alone, in whole frames; while linked it stays moved by as much. */
  nudge(count) {
    const other = this.follower;
    const before = other.frames.time(other.want);
    other.seek(other.want + count, { cached: true });
    if (this.linked) this.offset += other.frames.time(other.want) - before;
    this.#changed();
  }

  setLinked(linked) {
    this.linked = linked;
    this.offset = 0;
    if (linked && !this.playing) this.#follow();
    this.#changed();
  }

  setLock(lock) {
    this.lock = lock;
    this.offset = 0;
    if (this.linked && !this.playing) this.#follow();
    this.#changed();
  }

  /** Brings the follower to its place again, after the map has changed. */
  again() {
    this.offset = 0;
    if (this.linked && !this.playing) this.#follow();
    this.#changed();
  }

  #follow(how = {}) {
    const t = this.master.frames.time(this.master.want);
    const wanted = this.map(t) + this.offset;
    this.#seen(t);
    if (Number.isFinite(wanted)) this.follower.seek(this.follower.frames.nearest(wanted), how);
    this.dispatchEvent(new Event("moved"));
  }

  #seen(t) {
    const place = this.linked ? this.place(t) : "inside";
    if (place === this.hidden) return;
    this.hidden = place;
    this.#changed();
  }

  // ---- playing

  play(speed = this.speed) {
    this.speed = speed;
    const t = this.master.time;
    if (!this.playing && !this.master.play(speed)) return false;
    this.master.setRate(speed);
    this.playing = true;
    if (!this.linked || Number.isFinite(this.map(t))) this.follower.play(speed * (this.linked ? this.slope(t) : 1));
    this.#changed();
    return true;
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.master.pause();
    this.follower.pause();
    this.master.seek(this.master.shown);
    if (this.linked) this.#follow();
    else this.follower.seek(this.follower.shown);
    this.#changed();
  }

  #each() {
    if (this.playing) this.#steer();
    else this.dispatchEvent(new Event("moved"));
  }

  #steer() {
    const { master, follower } = this;
    this.dispatchEvent(new Event("moved"));
    if (!this.linked || !master.last) return;
    const t = master.last.media;
    this.#seen(t);
    const wanted = this.map(t) + this.offset;
    if (!Number.isFinite(wanted)) {
      follower.pause();
      return;
    }
    if (!follower.playing) {
      this.#leap(wanted);
      return;
    }
    if (!follower.last || follower.seeking !== null) return;
    const rate = follower.rate;
    const error = wanted - (follower.last.media + ((master.last.display - follower.last.display) / 1000) * rate);
    if (Math.abs(error) > LEAP_S * Math.max(1, this.speed)) {
      this.#leap(wanted);
      return;
    }
    this.errors.push([t, error]);
    if (this.errors.length > KEPT) this.errors.shift();
    const relative = Math.min(Math.max(this.slope(t) + GAIN * error, SLOWEST), FASTEST);
    follower.setRate(relative * this.speed);
  }

  /** Jumps ahead by what the jump itself takes. */
  #leap(wanted) {
    const { follower, master } = this;
    if (follower.seeking !== null) return;
    this.leaps += 1;
    follower.pause();
    const t = wanted + 0.06 * this.speed;
    if (t < 0 || t > follower.frames.end) return;
    follower.seek(follower.frames.at(t));
    follower.play(this.speed * this.slope(master.last.media));
  }

  /** The follower waits while the master has no data. */
  #hold() {
    const video = this.master.active?.video;
    if (!this.playing || !video || !this.linked) return;
    if (video.readyState < 3 && !video.seeking) this.follower.pause();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }
}
