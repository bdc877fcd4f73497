/** `live`: what the server tells of the runs, as it happens; the browser comes back by itself after an interruption. */

import { $, say } from "../dom.js";
import { sse } from "../api.js";

const AGAIN_MS = 3000;

/** Calls `on.snapshot`, `on.runs` and `on.perf` with their data, and shows in `#live` whether the line is up. */
export function live(on) {
  const shown = $("live");
  const state = (name, words) => {
    shown.dataset.state = name;
    say(shown, words);
  };
  const up = () => state("up", "live");
  const heard = (handler) => (data) => {
    up();
    if (data) handler?.(data);
  };
  const open = () => {
    const source = sse("/api/perf/stream", {
      open: up,
      snapshot: heard((data) => {
        say($("root"), data.root);
        on.snapshot?.(data);
      }),
      runs: heard(on.runs),
      perf: heard(on.perf),
      error: () => {
        state("down", "not connected, trying again");
        if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
      },
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  open();
}
