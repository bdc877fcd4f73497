/** The files of one rung and their video elements, each made when its place is asked for. */

import { tried } from "./ladder.js";

/** Number of the file that holds a time; -1 where none does (a preview that is not made that far). */
export function fileAt(files, t) {
  return files.findIndex((file) => t >= file.start_s - 1e-4 && t < file.start_s + file.duration_s + 1e-4);
}

export class Clips {
  constructor(box) {
    this.box = box;
    this.files = [];
    this.byUrl = new Map(); // {video, file, offset}
  }

  /** Takes the files of a rung, and a clip of one of them that has played; what is of other files goes. */
  take(rung, clip) {
    this.files = rung.files;
    const urls = new Set(rung.files.map((file) => file.url));
    for (const [url, old] of this.byUrl) {
      if (urls.has(url)) continue;
      drop(old.video);
      this.byUrl.delete(url);
    }
    if (clip && !this.byUrl.has(clip.file.url)) this.#add(clip);
  }

  all() {
    return [...this.byUrl.values()];
  }

  /** The clip that shows a time; null where no file holds it, or it does not play. */
  async at(t) {
    const file = this.files[fileAt(this.files, t)];
    if (!file) return null;
    if (!this.byUrl.has(file.url)) {
      const clip = await tried(file, true);
      if (clip) this.#add(clip);
    }
    return this.byUrl.get(file.url) ?? null;
  }

  /** When the file that follows on a clip begins; null where none does. */
  following(clip) {
    const end = clip.file.start_s + clip.file.duration_s;
    return fileAt(this.files, end + 1e-3) >= 0 ? end + 1e-3 : null;
  }

  #add(clip) {
    clip.video.hidden = true;
    this.byUrl.set(clip.file.url, clip);
    this.box.prepend(clip.video);
  }
}

const PAINT_MS = 100; // a browser that has nothing new to paint says nothing

/** Seeks a video, and waits until the picture there is given to the screen: one that begins at most `length_s` before. */
export function sought(video, target, length_s) {
  return new Promise((resolve) => {
    let arrived = false;
    let painted = false;
    let over = false;
    const end = () => {
      over = true;
      resolve();
    };
    const presented = (_now, frame) => {
      if (over) return;
      painted = frame.mediaTime <= target && frame.mediaTime > target - length_s;
      if (!painted) video.requestVideoFrameCallback(presented);
      else if (arrived) end();
    };
    video.requestVideoFrameCallback(presented);
    video.addEventListener("seeked", () => {
      arrived = true;
      if (painted) end();
      else setTimeout(end, PAINT_MS);
    }, { once: true });
    video.currentTime = target;
  });
}

function drop(video) {
  video.pause();
  video.removeAttribute("src");
  video.load();
  video.remove();
}
