"""`align`: two recordings in, an `Alignment` out. The order of the steps is the order of this file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import along
from mtbsync_core.alignment.gps.veto import contradict
from mtbsync_core.alignment.judge.low_confidence import WeakSegment, weak_segments
from mtbsync_core.alignment.judge.null_evidence import PictureEvidence, evidence_findings
from mtbsync_core.alignment.judge.second_look import clearness, in_doubt
from mtbsync_core.alignment.judge.verdict import judge
from mtbsync_core.alignment.methods import BASELINES, by_lattice
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.preparation import Prepared, PreparedModel, Witness, prepare
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.stopwatch import Progress, Stopwatch
from mtbsync_core.alignment.user_pairs import UserPair, in_order
from mtbsync_core.errors import EngineMissingError
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.offset import VAGUE_S
from mtbsync_core.telemetry.preflight import check_pair
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.vision.index import FrameIndex, build_index
from mtbsync_core.vision.index_file import cached_index, cached_second_look
from mtbsync_core.vision.registry import AUTO, SECOND_DESCRIBER
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

log = logging.getLogger(__name__)


def align(
    ref: MediaInfo | Path | str,
    new: MediaInfo | Path | str,
    *,
    options: AlignOptions | None = None,
    telemetry: tuple[Telemetry, Telemetry] | None = None,
    user: Sequence[UserPair] = (),
    moments_s: Sequence[float] = (),
    ref_index: FrameIndex | Path | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> Alignment:
    """Align a new run with a reference run.

    Args:
        ref, new: the recordings, as paths or as `probe` describes them.
        telemetry: what sensors say of the reference and of the new run; None: what their files say.
        user: moments that match beyond doubt; the warp goes through them.
        moments_s: moments of the reference that matter most, such as markers, seconds; frames are decoded for them.
        ref_index: the reference's index, or where it is kept between calls; None keeps none.
        threads: how many parts of a file are decoded at once.

    Raises:
        MediaError: a recording cannot be used, or does not run in real time (TimeWarp).
        EvidenceError: a recording is too short to say anything.
        UsageError: the user's pairs contradict each other, lie outside the recordings, or the method cannot take them.
    """
    o = options or AlignOptions()
    clock = Stopwatch(progress)
    media_ref, media_new = (x if isinstance(x, MediaInfo) else probe(x) for x in (ref, new))
    check_pair(media_ref, media_new)
    in_order(user, media_ref.duration_s, media_new.duration_s)
    if telemetry is None:
        with clock.stage("sensors"):
            read = read_telemetry if o.telemetry else lambda _: Telemetry()
            telemetry = read(media_ref), read(media_new)
    once = o.index_once.beside(media_ref, media_new), o.index_once.beside(media_new, media_ref)
    with clock.stage("reference") as tick:
        if ref_index is None or once[0].canvas is not None:  # a kept index serves pairs of any shape
            index_ref = build_index(media_ref, once[0], threads=threads, progress=tick)
        elif isinstance(ref_index, FrameIndex):
            index_ref = ref_index
        else:
            index_ref = cached_index(media_ref, ref_index, o.index, threads=threads, progress=tick)
    with clock.stage("new run") as tick:
        index_new = build_index(media_new, once[1], threads=threads, progress=tick)
    return align_indexes(
        index_ref,
        index_new,
        options=o,
        telemetry=telemetry,
        user=user,
        moments_s=moments_s,
        threads=threads,
        clock=clock,
        again=partial(cached_second_look, threads=threads),
    )


def align_indexes(
    ref: FrameIndex,
    new: FrameIndex,
    *,
    options: AlignOptions | None = None,
    telemetry: tuple[Telemetry, Telemetry] = (Telemetry(), Telemetry()),
    user: Sequence[UserPair] = (),
    moments_s: Sequence[float] = (),
    threads: int = 2,
    clock: Stopwatch | None = None,
    again: Callable[[FrameIndex], FrameIndex] | None = None,
) -> Alignment:
    """Align two recordings by their indexes; frames are decoded only to refine where samples are far apart.

    Args:
        again: makes an index by the second describer of one by the first. It is called where that leaves doubt and the
            options name no describer, and the clearer of both alignments is given. None: the first alone.

    Raises:
        EvidenceError: a recording is too short to say anything.
        UsageError: as in `align`.
    """
    clock, o = clock or Stopwatch(None), options or AlignOptions()
    with clock.stage("compare"):
        ref, new = ref.with_ego_mask(), new.with_ego_mask()  # once for all looks
    telemetry = _heard(ref, new, o, telemetry, user, threads)
    look = partial(prepare, telemetry=telemetry, user=user, moments_s=moments_s, threads=threads, clock=clock)
    prepared = look(ref, new, options=o)
    first = solve(prepared, user, clock=clock)
    if again is None or o.index.describer != AUTO or o.method != "lattice" or not in_doubt(first.quality, o.verdict):
        return first
    with clock.stage("second look"):
        try:
            ref, new = again(ref), again(new)
        except EngineMissingError as error:
            log.warning("the pictures leave doubt, and cannot be looked at again: %s. %s", error.message, error.hint)
            return first
    witness = Witness(prepared.contrast, prepared.ref.t_s, prepared.new.t_s, prepared.alike)
    del prepared
    o = replace(o, index=replace(o.index, describer=SECOND_DESCRIBER))
    second = solve(look(ref, new, options=o, witness=witness), user, clock=clock)
    return max(first, second, key=lambda found: clearness(found.quality, o.verdict))


def _heard(
    ref: FrameIndex,
    new: FrameIndex,
    options: AlignOptions,
    telemetry: tuple[Telemetry, Telemetry],
    user: Sequence[UserPair],
    threads: int,
) -> tuple[Telemetry, Telemetry]:
    """The telemetry without tracks of files that would mislead: those that lie vaguely on their video's clock, and
    those that lie elsewhere than the other track where the pictures, asked alone, see one place.
    """
    sides = list(telemetry)
    for n, side in enumerate(telemetry):
        if side.sidecar_sigma_s > VAGUE_S:
            why = f"where it begins is known to {side.sidecar_sigma_s:.0f} s only. --gpx-offset says it"
            log.warning("%s is left out: %s", side.sidecar, why)
            sides[n] = side.without_sidecar()
    ref_side, new_side = sides
    if ref_side.track is None or new_side.track is None or not (ref_side.sidecar or new_side.sidecar):
        return ref_side, new_side
    quick = replace(options, refine=False, method="lattice")
    look = solve(prepare(ref, new, options=quick, user=user, threads=threads), user)
    if not look.usable:
        return ref_side, new_side
    seen = look.usable_warp()
    found = contradict(ref_side.track, new_side.track, seen)
    if found is None or not found[0]:
        return ref_side, new_side
    plain = ref_side.without_sidecar(), new_side.without_sidecar()
    # Of two files one is at fault if the other one goes with what the first one's camera knows.
    halves = (plain[0], new_side), (ref_side, plain[1])
    agree = (half for half in halves if (contradict(half[0].track, half[1].track, seen) or (True,))[0] is False)
    left = next(agree, plain)
    for before, after in zip((ref_side, new_side), left, strict=True):
        if before.sidecar and not after.sidecar:
            log.warning(
                "%s is left out: where the pictures agree the tracks are %.0f m apart. It is of another ride, or begins"
                " at another second of its video; --gpx-offset says which",
                before.sidecar,
                found[1],
            )
    return left


def solve(prepared: Prepared, user: Sequence[UserPair] = (), *, clock: Stopwatch | None = None) -> Alignment:
    """The alignment, given what the user knows; again and again from one preparation.

    Raises:
        UsageError: as in `align`.
    """
    clock = clock or Stopwatch(None)
    pins = in_order(user, *prepared.ends_s)
    with clock.stage("warp"):
        model = prepared.model
        solved = by_lattice(prepared, model, pins) if model else BASELINES[prepared.options.method](prepared, pins)
        warp, pairs = solved.warp, solved.pairs
        t_new = prepared.new.t_s
        nats = along(prepared.rows, warp.to_ref(t_new) if warp else np.full(len(t_new), np.nan))
        local, witnessed = prepared.local_evidence(warp.to_ref) if warp else (0.0, None)
        log_evidence = float(nats.sum()) if solved.log_evidence is None else solved.log_evidence
        weak = _weak(prepared, warp, pairs, nats)
        lines = prepared.options.verdict
        seen = PictureEvidence(
            log_evidence=log_evidence,
            null=prepared.null,
            local=local,
            witnessed=witnessed,
            pace=prepared.pace,
            sigma_scale=solved.sigma_scale,
        )
        found = evidence_findings(warp, _with_corners(seen, model), lines)
        verdict, reasons, quality = judge(warp, weak, solved.findings + found, lines)
    return Alignment(
        media_ref=prepared.ref.media,
        media_new=prepared.new.media,
        warp=warp,
        pairs=pairs,
        verdict=verdict,
        reasons=reasons,
        quality=quality,
        options={**asdict(prepared.given), "user": [list(pair) for pair in pins]},
        timings=clock.all_seconds(),
        raw_pairs=prepared.raw_pairs,
        frames=len(prepared.ref.t_s) + len(t_new),
        method=prepared.options.method,
        weak=weak,
    )


def _weak(prepared: Prepared, warp: TimeWarp | None, pairs: TimePairs, nats: Floats) -> tuple[WeakSegment, ...]:
    """The weak parts, on the clock of the recording that the new run is a part of: it is what people look at."""
    from_s = prepared.new.media.from_s
    return weak_segments(
        warp and replace(warp, new_s=warp.new_s + from_s),
        replace(pairs, t_new=pairs.t_new + from_s),
        (prepared.ends_s[0], prepared.ends_s[1] + from_s),
        (prepared.new.t_s + from_s, nats),
        prepared.options.low_confidence,
        from_s=from_s,
    )


def _with_corners(seen: PictureEvidence, model: PreparedModel | None) -> PictureEvidence:
    if model is None:
        return seen
    seen, corners = replace(seen, zoom=model.lens_bias.ratio), model.verification
    if corners is None:
        return seen
    return replace(seen, verified=corners.share, by_chance=corners.by_chance, verified_nats=corners.nats)
