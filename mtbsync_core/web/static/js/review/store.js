/** The state of the review as the server tells it, and the edits: one request at a time, each answered by a new state. */

import { get, post, url } from "../api.js";
import { tell } from "../dom.js";

export class Store {
  constructor(run) {
    this.run = run;
    this.state = null;
    this.listeners = [];
    this.queue = Promise.resolve();
    this.waiting = 0;
  }

  /** Calls `listener(state, before)` after each change. */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  async load() {
    this.#take(await get(url("/api/review", { run: this.run })));
  }

  marker(id) {
    return this.state.markers.find((marker) => marker.id === id) ?? null;
  }

  /** Does one edit; gives whether the server took it. What it refuses is told in the corner of the page. */
  edit(op, fields = {}) {
    return this.#post("/api/review/edit", { op, ...fields });
  }

  undo() {
    return this.state.can_undo ? this.#post("/api/review/undo") : Promise.resolve(false);
  }

  redo() {
    return this.state.can_redo ? this.#post("/api/review/redo") : Promise.resolve(false);
  }

  save() {
    return this.#post("/api/review/save");
  }

  #post(path, body = {}) {
    this.waiting += 1;
    const answered = this.queue.then(async () => {
      try {
        this.#take(await post(url(path, { run: this.run }), body));
        return true;
      } catch (error) {
        tell(error);
        return false;
      } finally {
        this.waiting -= 1;
      }
    });
    this.queue = answered;
    return answered;
  }

  #take(state) {
    const before = this.state;
    this.state = state;
    for (const listener of this.listeners) listener(state, before);
  }
}
