"""An engine for tests of the scripts: speaks the protocol of `mtbsync rpc`, looks at nothing. Run as a process.

Its one argument before `rpc` is a JSON file that says what to do: `mode`, `shift_s` (new minus reference, in seconds of
the files), what it says of its `progress` and the pauses between (`pause_s`), after how many new runs it hangs
(`hangs_after`), per marker id overrides of its answer, and in `files` by path `rate` and number of `frames`; a file
that is not among these is as the request says. Like the real one it fails for parts that such a file cannot have.
`rides` has by path those of a new run, each a dictionary of `shift_s`, `markers`, `from_s`, `to_s`, and `failed` or
`hangs`. The requests that it got are written beside that file.

`timeline` holds the `text` of a timeline file to write, and the `event` that tells of it.

Hundreds of tests start it, so it imports little: `typing`, `fractions` and `pathlib` take as long as all the rest.
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def say(event: dict[str, Any]) -> None:
    """One event."""
    print(json.dumps(event), flush=True)


def rate_of(told: str | int | float) -> float:
    """Of a rate such as 30000/1001."""
    over, _, under = str(told).partition("/")
    return float(over) / float(under or 1)


def pace(excerpt: dict[str, Any], told: dict[str, Any]) -> float:
    """Seconds of the file in a second of the editor.

    Raises:
        ValueError: the file is another one, or has no such part.
    """
    shown, counted = rate_of(excerpt["fps"]), excerpt["frames"]
    file = told.get("files", {}).get(excerpt["path"], {"rate": shown, "frames": counted})
    rate, frames = rate_of(file["rate"]), file["frames"]
    if frames is not None:
        if counted > frames + 2 or (rate != shown and counted < frames - 2):
            raise ValueError(f"{counted} of {frames} frames: cannot be converted")
        if excerpt.get("to_s", 0) > frames / shown + 0.1:
            raise ValueError(f"the part ends at {excerpt['to_s']} s, beyond the file")
    if not 0 <= excerpt.get("from_s", 0) < excerpt.get("to_s", 1):
        raise ValueError("the part is empty")
    return shown / rate


def answer(marker: dict[str, Any], told: dict[str, Any], ref_pace: float, new_pace: float) -> dict[str, Any]:
    """Where a marker went."""
    at = (marker["t_s"] * ref_pace + told.get("shift_s", 0.0)) / new_pace
    found = {
        "id": marker["id"],
        "status": "moved",
        "t_s": at,
        "low_s": at - 0.1,
        "high_s": at + 0.1,
        "confidence": 0.97,
        "duration_s": marker["duration_s"],
    }
    found.update(told.get("markers", {}).get(marker["id"], {}))
    return found


def main() -> None:
    """Answer the request on standard input."""
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    strange = [name for name in os.environ if name.startswith(("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY", "DYLD_"))]
    with open(os.path.splitext(path)[0] + ".requests", "a", encoding="utf-8") as file:
        file.write(json.dumps(dict(request, arguments=sys.argv[2:], strange=strange)) + "\n")
    mode = told.get("mode", "good")
    if mode == "hang":
        time.sleep(60)
    if mode == "refused":
        say({"event": "error", "error": {"code": "media", "message": "no such codec", "hint": "Install it."}})
        sys.exit(3)
    if request["do"] == "trail":
        for marker in told["trail"]:
            say(dict(marker, event="marker"))
    if request["do"] == "compare":
        say({"event": "progress", "new": request["new"][0]["id"], "stage": "compare", "done": 1, "total": 3})
        if told["timeline"]:
            with open(request["timeline"]["path"], "w", encoding="utf-8") as file:
                file.write(told["timeline"]["text"])
            say(dict(told["timeline"]["event"], event="timeline", new=request["new"][0]["id"]))
        request["new"] = []
    for file in request.get("files", []):
        try:
            say({"event": "pace", "id": file["id"], "pace": pace(file, told)})
        except ValueError as error:
            say({"event": "failed", "new": file["id"], "error": {"message": str(error), "hint": ""}})
    for name in request.get("options", {}):
        if mode == "strict" and name not in ("fps", "review_threshold"):
            say(
                {
                    "event": "error",
                    "error": {"code": "usage", "message": f"no option is called {name}", "hint": "Leave it out."},
                }
            )
            sys.exit(2)
    for n, new in enumerate(request.get("new", [])):
        if n == told.get("hangs_after"):
            say({"event": "progress", "new": new["id"], "stage": "hang", "done": 0, "total": 1})
            time.sleep(60)
        for stage, done, total in told.get("progress", [["compare", 1, 3]]):
            say({"event": "progress", "new": new["id"], "stage": stage, "done": done, "total": total})
            time.sleep(told.get("pause_s", 0.0))
        if mode == "crash":
            print("Segmentation fault in libav", file=sys.stderr, flush=True)
            sys.stderr.flush()
            os._exit(139)
        if mode == "garbage":
            print("warning: not JSON \u00e9", flush=True)
        if mode == "failed":
            say({"event": "failed", "new": new["id"], "error": {"message": "cannot be read", "hint": ""}})
            continue
        try:
            paces = pace(request["reference"], told) if "fps" in request["reference"] else 1.0, pace(new, told)
        except ValueError as error:
            say({"event": "failed", "new": new["id"], "error": {"message": str(error), "hint": ""}})
            continue
        rides = told.get("rides", {}).get(new["path"], [{"from_s": new.get("from_s", 0.0), "to_s": new.get("to_s")}])
        for number, ride in enumerate(rides, start=1):
            which = {"new": new["id"], "ride": number, "rides": len(rides)}
            where = {"from_s": ride["from_s"], "to_s": ride["to_s"]}
            if ride.get("hangs"):
                time.sleep(60)
            if ride.get("failed"):
                say({"event": "failed", **which, **where, "error": {"message": "too little to see", "hint": ""}})
                continue
            verdict = {"event": "result", **which, **where, "verdict": "good", "reasons": ["evenly spread"], "weak": []}
            say(dict(verdict, markers=[answer(marker, {**told, **ride}, *paces) for marker in request["markers"]]))
            for marker in request["markers"] if request["pictures"] else []:
                pictures = told.get("picture", {"ref": "UklG", "at": None})
                say({"event": "picture", **which, "marker": marker["id"], **pictures})
    say({"event": "done"})


if __name__ == "__main__":
    main()
