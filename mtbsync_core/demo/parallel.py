"""Both runs are rendered side by side, each in a process of its own.

A worker tells the number of frames that it has drawn since its last word through a pipe, and at the end that it is done
or what went wrong. It draws into a scratch file of this process, which names it, or removes it once the worker is gone.
The pipe is the worker's lifeline as well: when this process is killed, the reading end closes, the worker's next word
fails, and it stops and removes the file itself.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np

from mtbsync_core.demo import gpmf
from mtbsync_core.demo.encode import encode
from mtbsync_core.demo.metadata import add_metadata
from mtbsync_core.demo.noise import Picture8
from mtbsync_core.demo.plan import RunPlan, SensorPlan
from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import replacing

_FRAMES_PER_WORD = 15
_GRACE_S = 5.0
"""A worker that was hung up on has this long to end by itself; it draws 15 frames in half a second."""


class _HungUp(Exception):
    """Nobody listens any more."""


def render_side_by_side(
    runs: Sequence[tuple[RunPlan, Path]], progress: Callable[[int, int], None] | None = None
) -> None:
    """Render and encode all runs at once; the first failure ends them all and is raised here."""
    total = sum(int(run.schedule.duration_s * run.encoding.rate) for run, _ in runs)
    done = 0
    with ExitStack() as stack:
        workers = []
        for run, path in runs:
            worker = _Worker(run, path, stack.enter_context(replacing(path)))
            workers.append(stack.enter_context(closing(worker)))
        while busy := [worker for worker in workers if not worker.finished]:
            # A word, or the end of a process.
            wait([handle for worker in busy for handle in (worker.words, worker.process.sentinel)])
            done += sum(worker.listen() for worker in busy)
            if progress:
                progress(min(done, total), total)
        if progress:
            progress(total, total)


def render_run(run: RunPlan, path: Path, tick: Callable[[int], None] | None = None) -> None:
    """Render and encode one run in this process, atomically; `tick` is told of every 15 frames."""
    with replacing(path) as scratch:
        _render(run, scratch, tick)


def _render(run: RunPlan, path: Path, tick: Callable[[int], None] | None) -> None:
    def counted() -> Iterator[Picture8]:
        for n, frame in enumerate(frames_of(run), start=1):
            if tick and n % _FRAMES_PER_WORD == 0:
                tick(_FRAMES_PER_WORD)
            yield frame

    encode(path, counted(), run.width, run.height, run.encoding)
    if run.sensors is not None:
        add_metadata(path, *metadata_of(run, run.sensors))


def metadata_of(run: RunPlan, sensors: SensorPlan) -> tuple[list[tuple[int, bytes]], dict[bytes, bytes]]:
    """What `add_metadata` puts into the file of a run: payloads with their milliseconds, and boxes of `udta`."""
    from mtbsync_core.demo.lens import Optics
    from mtbsync_core.demo.sensors import measure

    start = datetime.fromisoformat(run.encoding.creation_time).replace(tzinfo=None)
    written = list(gpmf.payloads(measure(run, sensors), sensors.gps, start))
    diagonal_deg = (run.optics or Optics()).diagonal_deg(run.width, run.height)
    return written, {b"HMMT": gpmf.hmmt(sensors), b"GPMF": gpmf.header(sensors, diagonal_deg)}


def frames_of(run: RunPlan) -> Iterator[Picture8]:
    """The frames of a run, planar YUV 4:2:0 of shape (1.5 height, width), drawn as they are asked for."""
    import cv2

    from mtbsync_core.demo.render import Renderer, black

    cv2.setNumThreads(1)  # the two runs are rendered side by side
    trail = run.trail()
    ride = run.ride(trail)
    rng = np.random.default_rng([*run.run_seed, 2])
    renderer = Renderer(trail, ride, run.style, rng, run.width, run.height, run.optics)
    dark_from, dark_to = run.blackout_s or (np.inf, np.inf)
    for i, t_s in enumerate(ride.t_s):
        yield black(run.width, run.height) if dark_from <= t_s < dark_to else renderer.planes(i)


class _Worker:
    """This process's end of one worker."""

    def __init__(self, run: RunPlan, path: Path, scratch: Path) -> None:
        context = multiprocessing.get_context("spawn")  # the same on every system
        self._path, self.finished = path, False
        self.words, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(run, path.name, scratch, theirs), daemon=True)
        try:
            self.process.start()
        except BaseException:
            self.words.close()
            raise
        finally:
            theirs.close()  # or the pipe would stay open when the worker is gone

    def listen(self) -> int:
        """Frames drawn since last asked. Raises what the worker raised."""
        gone = not self.process.is_alive()  # asked first: its last word may come after the look into the pipe
        frames = 0
        try:
            while self.words.poll():
                word: int | BaseException | None = self.words.recv()
                if isinstance(word, BaseException):
                    raise word
                if word is None:
                    self.finished = True
                    return frames
                frames += word
        except EOFError:
            self.process.join(_GRACE_S)
            gone = True
        if gone:
            raise MtbsyncError(
                f"rendering {self._path.name} broke off: its process ended with status {self.process.exitcode}",
                "It may have run out of memory: close other programs and try again.",
            )
        return frames

    def close(self) -> None:
        """Hang up, and wait until the process is gone."""
        self.words.close()
        self.process.join(_GRACE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


def _work(run: RunPlan, name: str, scratch: Path, words: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides what follows

    def tell(word: int | BaseException | None) -> None:
        try:
            words.send(word)
        except OSError as error:
            raise _HungUp from error

    try:
        _render(run, scratch, tell)
        tell(None)
    except _HungUp:
        scratch.unlink(missing_ok=True)
    except Exception as error:
        error.add_note(f"In the process that rendered {name}:\n{traceback.format_exc()}")
        with suppress(_HungUp):
            tell(_sendable(error, name))


def _sendable(error: Exception, name: str) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever the error's own class does wrong
        return MtbsyncError(f"rendering {name} failed: {error!r}")
    return error
