"""What every plug-in must do, whoever writes it, and how indexes keep its name and its arrays."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mtbsync_core.alignment.preparation import prepare
from mtbsync_core.errors import EngineMissingError, FormatError, UsageError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision import registry
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.index_file import load_index, save_index
from mtbsync_core.vision.registry import describer_named

MEDIA = MediaInfo(Path("run.mp4"), Fraction(10), 64, 36, 3.0, 30, "h264")


def test_the_files_are_the_names() -> None:
    assert registry.names_of("describers") == ["efficientnet", "hog"]
    assert registry.names_of("matchers") == ["orb", "sift", "xfeat"]
    with pytest.raises(UsageError, match="no describer 'gist'") as caught:
        describer_named("gist")
    assert "hog" in caught.value.hint


@pytest.mark.parametrize("name", registry.names_of("describers"))
def test_a_describer_keeps_what_it_promises(name: str) -> None:
    describer = describer_named(name)
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (5, 90, 160), np.uint8)
    pictures[3] = 0
    try:
        stack = np.stack([describer.describe(picture) for picture in pictures]).astype(np.float16)
    except EngineMissingError as error:
        pytest.skip(error.message)
    assert stack.shape == (5, *describer.shape)
    assert describer.blind(stack).tolist() == [False, False, False, True, False]
    matrix = describer.compare(stack, stack[[4, 2]])
    assert matrix.shape == (2, 5) and matrix.argmax(axis=1).tolist() == [4, 2]


class Means:
    """A toy: the means of the quarters of a picture."""

    shape = (4,)

    def blind(self, descriptors: np.ndarray) -> np.ndarray:
        return descriptors.sum(axis=1) == 0

    def compare(self, ref: np.ndarray, new: np.ndarray, visible: object = None) -> np.ndarray:
        return -np.abs(new[:, None] - ref[None]).sum(axis=2).astype(np.float32)


def test_an_index_that_names_no_describer_is_of_the_first_one(tmp_path: Path) -> None:
    index = FrameIndex(MEDIA, np.arange(9.0), np.ones((9, 8, 8, 16), np.float16), (), "key")
    save_index(index, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as saved:
        arrays = dict(saved)
    header = json.loads(arrays["header"].tobytes())
    del header["describer"]
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(tmp_path / "b.npz", **arrays)
    again = load_index(tmp_path / "b.npz")
    assert again.describer == "hog" and np.array_equal(again.descriptors, index.descriptors)


def test_an_index_of_a_describer_that_is_gone_is_one_of_another_version(tmp_path: Path) -> None:
    index = FrameIndex(MEDIA, np.arange(9.0), np.zeros((9, 4), np.float16), (), "key", describer="gone")
    save_index(index, tmp_path / "a.npz")
    with pytest.raises(FormatError, match="another version"):
        load_index(tmp_path / "a.npz")


def test_an_index_keeps_the_describers_name_and_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"means": Means(), "hog": describer_named("hog")}
    for where in ("index", "registry"):
        monkeypatch.setattr(f"mtbsync_core.vision.{where}.names_of", lambda _: list(modules))
    monkeypatch.setattr(
        registry, "import_module", lambda path: SimpleNamespace(DESCRIBER=modules[path.rpartition(".")[2]])
    )
    t = np.arange(0, 10, 0.2)
    rng = np.random.default_rng(2)
    index = FrameIndex(MEDIA, t, rng.random((len(t), 4)).astype(np.float16), (), "key", describer="means")
    save_index(index, tmp_path / "a.npz")
    again = load_index(tmp_path / "a.npz")
    assert again.describer == "means" and np.array_equal(again.descriptors, index.descriptors)
    assert not again.blind.any()
    assert prepare(index, again).contrast.shape == (len(t), len(t))
    hog = replace(index, describer="hog", descriptors=np.zeros((len(t), 8, 8, 16), np.float16))
    with pytest.raises(UsageError, match="--describer means, the new run with hog"):
        prepare(index, hog)
    save_index(replace(index, describer="hog"), tmp_path / "b.npz")
    with pytest.raises(FormatError, match="damaged"):
        load_index(tmp_path / "b.npz")
