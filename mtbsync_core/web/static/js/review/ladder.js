/**
 * Which file of a recording this browser can play: the server offers a ladder (original, the camera's small copy, a
 * proxy that it makes), and each rung is tried by playing one frame. What `canPlayType` says is not asked: a decoder
 * may say yes and then give nothing.
 */

import { get, post, sse, url } from "../api.js";
import { h } from "../dom.js";

const SILENCE_MS = 1500; // from the file's header to the first frame played
const HEADER_MS = 6000;

const KINDS = { original: "the original", copy: "the camera's small copy", proxy: "the preview" };

/** A video element of one file that has played a frame, or null; `patient` waits longer, where nothing is left to try. */
export async function tried(file, patient) {
  const video = h("video", { src: file.url, preload: "auto", playsinline: true, "aria-hidden": "true", tabindex: "-1" });
  video.muted = true;
  const played = await firstFrame(video, patient ? 4 : 1);
  if (played === null) {
    video.removeAttribute("src");
    video.load();
    return null;
  }
  return { video, file, offset: played };
}

/** Plays until one frame is shown. Gives how far the video's clock is ahead of its first frame (0 but for odd files). */
function firstFrame(video, patience) {
  return new Promise((resolve) => {
    let timer = setTimeout(() => resolve(null), HEADER_MS * patience);
    const fail = () => {
      clearTimeout(timer);
      resolve(null);
    };
    video.addEventListener("error", fail, { once: true });
    video.addEventListener(
      "loadedmetadata",
      () => {
        clearTimeout(timer);
        if (!video.videoWidth) return fail();
        timer = setTimeout(() => resolve(null), SILENCE_MS * patience);
        video.requestVideoFrameCallback((_now, frame) => {
          clearTimeout(timer);
          video.pause();
          resolve(frame.mediaTime < 0.01 ? frame.mediaTime : 0);
        });
        video.play().catch(() => {});
        return undefined;
      },
      { once: true },
    );
  });
}

/** One side's ladder: asks the server, climbs down, and has a proxy made where nothing above it plays. */
export class Ladder {
  constructor(run, side) {
    this.query = { run, side };
    this.rungs = [];
    this.note = "";
    this.silent = new Set(); // files that this browser does not play
  }

  async load() {
    const ladder = await get(url("/media/ladder", this.query));
    this.rungs = ladder.rungs;
    this.note = ladder.note ?? "";
  }

  /**
   * The first rung that plays at a time, as `{rung, clip, fell}`: `fell` says in words what was tried in vain; or null.
   * A file that showed nothing is not tried again.
   */
  async choose(t) {
    const inVain = [];
    for (const [i, rung] of this.rungs.entries()) {
      const file = rung.ready ? rung.files.find((one) => t >= one.start_s && t < one.start_s + one.duration_s) ?? rung.files[0] : null;
      if (!file || this.silent.has(file.url)) {
        if (file) inVain.push(rung);
        continue;
      }
      const clip = await tried(file, i === this.rungs.length - 1);
      if (clip) return { rung, clip, fell: this.#words(inVain, rung) };
      this.silent.add(file.url);
      inVain.push(rung);
    }
    return null;
  }

  /** Whether the files of a rung reach over the whole recording. */
  isWhole(rung, end) {
    return rung.kind !== "proxy" || rung.files.reduce((sum, file) => sum + file.duration_s, 0) > end - 0.5;
  }

  /** The proxy that is still to be made, or null. */
  get unmade() {
    return this.rungs.find((rung) => rung.kind === "proxy" && !rung.ready) ?? null;
  }

  /** Has the proxy made, first around `at` seconds; `on(progress)` hears how far it is, until `progress.ready`. */
  async make(at, on) {
    await this.steer(at);
    const events = sse(url("/media/proxy/progress", this.query), {
      progress: (progress) => {
        if (progress?.ready) events.close();
        on(progress);
      },
    });
  }

  steer(at) {
    return post(url("/media/proxy", { ...this.query, at: Math.max(0, at).toFixed(3) }));
  }

  #words(inVain, rung) {
    if (!inVain.length) return "";
    const names = inVain.map((one) => KINDS[one.kind] ?? one.label).join(" and ");
    return `This browser does not play ${names}; it shows ${KINDS[rung.kind] ?? rung.label}. Still pictures come from the original.`;
  }
}
