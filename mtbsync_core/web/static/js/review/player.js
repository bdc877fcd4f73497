/**
 * One recording on the page. Layers, from below: the video of the file that is shown, a picture of the step cache, the
 * exact still. Time is that of the recording, over all of its files; places are frames of the server's table.
 *
 * Events: "shown" (the frame `shown` is on the screen), "state" (playing, waiting, what plays), "progress" (a proxy).
 */

import { get, url } from "../api.js";
import { h } from "../dom.js";
import { Clips, fileAt, sought } from "./clips.js";
import { Frames } from "./frames.js";
import { Ladder } from "./ladder.js";
import { StepCache, stillUrl } from "./stills.js";

const REST_MS = 150; // from the last wish to the exact still

export class Player extends EventTarget {
  /** @param {HTMLElement} box where the layers go */
  constructor(run, side, box) {
    super();
    this.run = run;
    this.side = side;
    this.box = box;
    this.ladder = new Ladder(run, side);
    this.cache = new StepCache(run, side);
    this.step = h("canvas", { class: "layer step", hidden: true, "aria-hidden": "true" });
    this.still = h("img", { class: "layer still", hidden: true, alt: `The ${side === "ref" ? "reference" : "new run"} at this moment` });
    box.append(this.step, this.still);
    this.clips = new Clips(box);
    this.active = null; // the clip on the screen
    this.rung = null;
    this.says = "";
    this.frames = null;
    this.shown = 0;
    this.want = 0;
    this.seeking = null;
    this.playing = false;
    this.rate = 1;
    this.last = null; // {media, display, n}: the frame that was shown last while playing
    this.muted = true;
  }

  /** Begins at a time; `recording` and `end` are what is known where its file cannot be had. */
  async load(at, recording, end) {
    try {
      this.frames = new Frames(await get(url("/media/pts", { run: this.run, side: this.side })));
    } catch (error) {
      this.lost = true;
      this.frames = Frames.even(recording, end);
      this.says = `${recording?.name ?? "The recording"} cannot be shown: ${error.message}`;
      this.seek(this.frames.at(at));
      this.#state();
      return;
    }
    this.want = this.shown = this.frames.at(at);
    await this.ladder.load();
    await this.#climb();
    this.seek(this.want);
  }

  get time() {
    if (!this.frames) return 0;
    return this.playing && this.last ? this.last.media : this.frames.time(this.shown);
  }

  /** Whether what is on the screen is what was asked for last. */
  get settled() {
    return this.seeking === null && !this.playing && this.shown === this.want;
  }

  /** Shows frame n: from the step cache at once, else by seeking. One seek at a time; the latest wish wins. */
  seek(n, { cached = false } = {}) {
    const ahead = n < this.want ? -1 : 1;
    this.want = this.frames.held(n);
    const bitmap = cached ? this.cache.get(this.want) : null;
    if (this.still.dataset.n !== String(this.want)) this.still.hidden = true; // that of this frame may stay: a better file has come
    if (bitmap) {
      this.#draw(bitmap);
      this.#show(this.want);
    } else if (this.seeking === null) this.#go();
    this.#restSoon(ahead, Boolean(bitmap));
  }

  /** Plays at a rate from the frame that is shown. Without a video there is nothing to play: gives false. */
  play(rate = this.rate) {
    if (!this.active) return false;
    clearTimeout(this.resting);
    this.cache.rest();
    this.still.hidden = true;
    this.playing = true;
    this.last = null;
    this.setRate(rate);
    if (this.stale || this.seeking !== null) {
      this.afterSeek = () => this.#start();
      if (this.seeking === null) this.#go();
    } else this.#start();
    this.#state();
    return true;
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.afterSeek = null;
    this.active?.video.pause();
    this.#state();
  }

  setRate(rate) {
    this.rate = rate;
    if (this.active) this.active.video.playbackRate = Math.min(Math.max(rate, 0.0625), 16);
  }

  setMuted(muted) {
    this.muted = muted;
    for (const clip of this.clips.all()) clip.video.muted = muted || clip !== this.active;
  }

  /** What a picture of this moment can be drawn from: the exact still, the cached step, or the video. */
  get picture() {
    if (!this.still.hidden) return this.still;
    return this.step.hidden ? (this.active?.video ?? null) : this.step;
  }

  // ---- the way down the ladder

  async #climb() {
    const found = await this.ladder.choose(this.frames.time(this.want));
    if (found) {
      this.rung = found.rung;
      this.says = found.fell || this.ladder.note;
      this.clips.take(found.rung, found.clip);
      if (!this.clips.all().includes(this.active)) this.active = null;
    } else this.says = this.ladder.note || "This browser plays no file of this recording; still pictures come from the original.";
    if (found ? !this.ladder.isWhole(found.rung, this.frames.end) : this.ladder.unmade) this.#watchProxy();
    this.#state();
  }

  /** Has the proxy made, or made on, and takes what of it can be played. */
  #watchProxy() {
    if (this.watching) return;
    this.watching = true;
    this.ladder.make(this.frames.time(this.want), (progress) => this.#progress(progress)).catch((error) => {
      this.watching = false;
      this.says = `${error.message} Still pictures come from the original.`;
      this.#state();
    });
  }

  async #progress(progress) {
    this.dispatchEvent(new CustomEvent("progress", { detail: progress }));
    if (progress.ready) this.watching = false;
    const now = this.frames.time(this.want);
    const made = (progress.ranges ?? []).some(([from, to]) => from <= now && now < to);
    const lacks = !this.rung || fileAt(this.rung.files, now) < 0;
    if (this.climbing || this.playing || !(progress.ready || (made && lacks))) return;
    this.climbing = true;
    try {
      await this.ladder.load();
      await this.#climb();
    } finally {
      this.climbing = false;
    }
    if (!this.playing) this.seek(this.want);
  }

  #activate(clip) {
    if (this.active === clip) return;
    this.active?.video.pause();
    this.active = clip;
    for (const other of this.clips.all()) other.video.hidden = other !== clip;
    this.setRate(this.rate);
    this.setMuted(this.muted);
    if (!clip || clip.watched) return;
    clip.watched = true;
    clip.video.addEventListener("ended", () => this.#ended(clip));
    for (const name of ["waiting", "playing"]) clip.video.addEventListener(name, () => this.#state());
    this.#watch(clip);
  }

  // ---- seeking

  async #go() {
    if (!this.rung) {
      this.#show(this.want);
      return;
    }
    const n = this.want;
    this.seeking = n;
    const t = this.frames.centre(n);
    const clip = await this.clips.at(t);
    this.#activate(clip);
    if (!clip) {
      this.seeking = null;
      this.step.hidden = true;
      if (this.watching) this.ladder.steer(this.frames.time(this.want)).catch(() => {});
      if (this.playing) this.#stop();
      return this.want === n ? this.#show(n) : this.#go();
    }
    const target = t - clip.file.start_s + clip.offset;
    if (Math.abs(clip.video.currentTime - target) > 1e-6 || clip.video.readyState < 2) {
      await sought(clip.video, target, 2 * (t - this.frames.time(n)));
    }
    this.seeking = null;
    this.step.hidden = true;
    if (this.want !== n) {
      if (!this.playing || this.afterSeek) this.#go();
      return;
    }
    this.stale = false;
    if (this.afterSeek) {
      const start = this.afterSeek;
      this.afterSeek = null;
      start();
    }
    this.#show(n);
  }

  #show(n) {
    this.shown = n;
    this.dispatchEvent(new Event("shown"));
  }

  #draw(bitmap) {
    if (this.step.width !== bitmap.width) [this.step.width, this.step.height] = [bitmap.width, bitmap.height];
    this.step.getContext("2d").drawImage(bitmap, 0, 0);
    this.step.hidden = false;
    this.stale = true; // the video stands at another frame
  }

  #restSoon(ahead, fromCache) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.playing || this.lost) return;
      if (fromCache && this.stale && this.seeking === null) this.#go();
      this.#lay();
      this.cache.around(this.want, this.frames.count, ahead);
    }, REST_MS);
  }

  /** Lays the exact still over the video once it has come, if nothing else was asked for meanwhile. */
  async #lay() {
    const n = this.want;
    const width = Math.ceil((this.box.clientWidth * devicePixelRatio) / 320) * 320 || 960;
    const picture = new Image();
    picture.src = stillUrl(this.run, this.side, n, width);
    try {
      await picture.decode();
    } catch {
      return;
    }
    if (this.want !== n || this.playing) return;
    this.still.src = picture.src;
    this.still.dataset.n = String(n);
    await this.still.decode().catch(() => {});
    if (this.want === n && !this.playing) {
      this.still.hidden = false;
      this.dispatchEvent(new Event("still"));
    }
  }

  // ---- playing

  #start() {
    if (!this.playing) return;
    this.step.hidden = true;
    this.active.video.play().catch(() => {});
  }

  #watch(clip) {
    const each = (_now, frame) => {
      clip.video.requestVideoFrameCallback(each);
      if (clip !== this.active || !this.playing || this.seeking !== null) return;
      const media = frame.mediaTime - clip.offset + clip.file.start_s;
      this.last = { media, display: frame.expectedDisplayTime };
      this.want = this.frames.at(media);
      this.#show(this.want);
    };
    clip.video.requestVideoFrameCallback(each);
  }

  #ended(clip) {
    const next = this.clips.following(clip);
    if (!this.playing || next === null) return this.#stop();
    this.want = this.frames.at(next);
    this.afterSeek = () => this.#start();
    return this.#go();
  }

  /** There is nothing more to play. */
  #stop() {
    this.pause();
    this.dispatchEvent(new Event("ended"));
  }

  #state() {
    this.dispatchEvent(new Event("state"));
  }
}
