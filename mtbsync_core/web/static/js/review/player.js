/**
 * One recording on the page. Layers, from below: the video of the file that is shown, a picture of the step cache, the
 * exact still. Time is that of the recording, over all of its files; places are frames of the server's table.
 *
 * Events: "shown" (the frame `shown` is on the screen), "state" (playing, waiting, what plays), "progress" (a proxy).
 */

import { get, url } from "../api.js";
import { h } from "../dom.js";
import { Frames } from "./frames.js";
import { Ladder, tried } from "./ladder.js";
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
    this.clips = []; // per file of the rung: {video, file, offset}, made when needed
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

  async load(at = 0) {
    this.frames = new Frames(await get(url("/media/pts", { run: this.run, side: this.side })));
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
    this.still.hidden = true;
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
    for (const clip of this.clips) if (clip) clip.video.muted = muted || clip !== this.active;
  }

  /** What a picture of this moment can be drawn from: the exact still, the cached step, or the video. */
  get picture() {
    if (!this.still.hidden) return this.still;
    return this.step.hidden ? (this.active?.video ?? null) : this.step;
  }

  // ---- the way down the ladder

  async #climb() {
    const found = await this.ladder.choose();
    if (found) {
      this.rung = found.rung;
      this.says = found.fell;
      this.#take([found.clip, ...found.rung.files.slice(1).map(() => null)]);
      return;
    }
    this.says = this.ladder.note || "This browser plays no file of this recording; still pictures come from the original.";
    if (this.ladder.unmade) {
      this.says = "This browser does not play the original. A preview is being made; until then still pictures are shown.";
      this.ladder.make(this.frames.time(this.want), (progress) => this.#progress(progress)).catch((error) => this.#fault(error));
    }
    this.#state();
  }

  #fault(error) {
    this.says = `${error.message} Still pictures come from the original.`;
    this.#state();
  }

  async #progress(progress) {
    this.dispatchEvent(new CustomEvent("progress", { detail: progress }));
    const now = this.frames.time(this.want);
    const here = progress.ready || (progress.ranges ?? []).some(([from, to]) => from <= now && now + 1 < to);
    if (!here || this.climbing || (this.active && !progress.ready)) return;
    this.climbing = true;
    await this.ladder.load();
    if (this.ladder.rungs.some((rung) => rung.kind === "proxy" && rung.ready)) await this.#climb();
    this.climbing = false;
    if (!this.playing) this.seek(this.want);
  }

  #take(clips) {
    for (const clip of this.clips) clip?.video.remove();
    this.clips = clips;
    this.active = null;
    this.#activate(clips.find(Boolean));
    this.#state();
  }

  #activate(clip) {
    if (this.active === clip) return;
    if (!clip.video.isConnected) this.box.prepend(clip.video);
    for (const other of this.clips) if (other) other.video.hidden = other !== clip;
    this.active?.video.pause();
    this.active = clip;
    clip.video.playbackRate = Math.min(Math.max(this.rate, 0.0625), 16);
    this.setMuted(this.muted);
    if (!clip.watched) {
      clip.watched = true;
      clip.video.addEventListener("ended", () => this.#ended(clip));
      clip.video.addEventListener("waiting", () => this.#state());
      clip.video.addEventListener("playing", () => this.#state());
      this.#watch(clip);
    }
  }

  /** The clip that shows a time, made if need be. */
  async #clipAt(t) {
    const files = this.rung.files;
    let i = files.length - 1;
    while (i > 0 && files[i].start_s > t + 1e-6) i -= 1;
    if (!this.clips[i]) this.clips[i] = await tried(files[i], true);
    return this.clips[i];
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
    const clip = await this.#clipAt(t);
    if (!clip) {
      this.seeking = null;
      this.#show(n);
      return;
    }
    this.#activate(clip);
    const target = t - clip.file.start_s + clip.offset;
    if (Math.abs(clip.video.currentTime - target) > 1e-6 || clip.video.readyState < 2) {
      await new Promise((resolve) => {
        clip.video.addEventListener("seeked", resolve, { once: true });
        clip.video.currentTime = target;
      });
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
      if (this.playing) return;
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

  async #ended(clip) {
    const next = this.rung.files[this.clips.indexOf(clip) + 1];
    if (!this.playing || !next) {
      this.pause();
      this.dispatchEvent(new Event("ended"));
      return;
    }
    this.want = this.frames.at(next.start_s + 1e-3);
    this.afterSeek = () => this.#start();
    this.#go();
  }

  #state() {
    this.dispatchEvent(new Event("state"));
  }
}
