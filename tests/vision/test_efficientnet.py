"""The describer that is a network: its weights are read without PyTorch, its graph is what OpenCV runs, its channels
are whitened. Networks here are made up and small; the real one is in the slow test.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.errors import EngineMissingError
from mtbsync_core.media.probe import probe
from mtbsync_core.vision.describers import _efficientnet_network as network
from mtbsync_core.vision.describers._torch_file import read_tensors
from mtbsync_core.vision.describers.efficientnet import DESCRIBER, SHAPE, EfficientNet
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.vision.similarity import standardise, whitened
from tests.real_files import HERO7, MAX

Tensors = dict[str, NDArray[Any]]
CHANNELS, KERNELS, STRIDES = (4, 3, 5, 5), (3, 5, 3), (1, 2, 1)
"""After the first convolution and each block: the first block has no expansion, the last one a sum with its input."""


def made_up_weights(seed: int = 0) -> Tensors:
    rng = np.random.default_rng(seed)
    tensors: Tensors = {}

    def layer(kernel: str, norm: str, *shape: int) -> None:
        tensors[f"{kernel}.weight"] = rng.normal(0, 0.6, shape).astype(np.float32)
        for name, low in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5), ("running_var", 0.5)):
            tensors[f"{norm}.{name}"] = rng.uniform(low, low + 1, shape[0]).astype(np.float32)

    layer("_conv_stem", "_bn0", CHANNELS[0], 3, 3, 3)
    for n, ((before, after), kernel) in enumerate(zip(pairwise(CHANNELS), KERNELS, strict=True)):
        block, inside = f"_blocks.{n}.", before * (2 if n else 1)
        if n:
            layer(f"{block}_expand_conv", f"{block}_bn0", inside, before, 1, 1)
        layer(f"{block}_depthwise_conv", f"{block}_bn1", inside, 1, kernel, kernel)
        layer(f"{block}_project_conv", f"{block}_bn2", after, inside, 1, 1)
    return tensors


def by_numpy(tensors: Tensors, picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """The network as its paper has it: three equal colours, batch normalisation apart, padded as TensorFlow does."""

    def layer(x: NDArray[np.float64], kernel: str, norm: str, stride: int = 1, clip: bool = True) -> Any:
        w, own = tensors[f"{kernel}.weight"].astype(float), "depthwise" in kernel
        k = w.shape[-1]
        rows, columns = (-(-n // stride) for n in x.shape[1:])
        missing = [max((out - 1) * stride + k - n, 0) for out, n in zip((rows, columns), x.shape[1:], strict=True)]
        x = np.pad(x, [(0, 0), *((n // 2, n - n // 2) for n in missing)])
        out = np.empty((len(w), rows, columns))
        for r in range(rows):
            for c in range(columns):
                seen = x[:, r * stride : r * stride + k, c * stride : c * stride + k]
                out[:, r, c] = (w[:, 0] * seen).sum(axis=(1, 2)) if own else (w * seen).sum(axis=(1, 2, 3))
        g, b, mean, var = (
            tensors[f"{norm}.{name}"][:, None, None] for name in ("weight", "bias", "running_mean", "running_var")
        )
        out = (out - mean) / np.sqrt(var + 1e-3) * g + b
        return np.clip(out, 0, 6) if clip else out

    x = layer(np.repeat(picture[None], 3, axis=0), "_conv_stem", "_bn0", 2)
    for n, stride in enumerate(STRIDES):
        block, before = f"_blocks.{n}.", x
        if n:
            x = layer(x, f"{block}_expand_conv", f"{block}_bn0")
        x = layer(x, f"{block}_depthwise_conv", f"{block}_bn1", stride)
        x = layer(x, f"{block}_project_conv", f"{block}_bn2", clip=False)
        if before.shape == x.shape:
            x = x + before
    return np.asarray(x)


@pytest.mark.parametrize("size", [(20, 13), (16, 32)])
def test_opencv_runs_the_graph_as_numpy_computes_it(size: tuple[int, int]) -> None:
    tensors, picture = made_up_weights(), np.random.default_rng(1).uniform(-1, 1, size)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(network.network_graph(tensors, STRIDES, size), np.uint8))
    net.setInput(picture[None, None].astype(np.float32))
    assert np.allclose(net.forward()[0], by_numpy(tensors, picture), atol=1e-4)


def torch_file(monkeypatch: pytest.MonkeyPatch, tensors: Tensors, more: object = None) -> bytes:
    """What PyTorch before 1.6 writes: its names are pickled, and nothing of it is needed."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})
    rebuild = eval("lambda *described: described", {"__name__": "torch._utils"})  # a function of that module
    rebuild.__name__ = rebuild.__qualname__ = "_rebuild_tensor_v2"
    vars(torch)["FloatStorage"], vars(utils)["_rebuild_tensor_v2"] = storage, rebuild
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    class Storage:
        def __init__(self, key: str, values: NDArray[Any]) -> None:
            self.pid = ("storage", storage, key, "cpu", values.size, None)

    class Tensor:
        def __init__(self, key: str, values: NDArray[Any]) -> None:
            self.parts = Storage(key, values), 0, values.shape, [step // values.itemsize for step in values.strides]

        def __reduce__(self) -> tuple[Callable[..., object], tuple[Any, ...]]:
            return rebuild, (*self.parts, False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing: object) -> object:
            return thing.pid if isinstance(thing, Storage) else None

    file, keys = io.BytesIO(), {name: str(n) for n, name in enumerate(tensors)}
    state = OrderedDict((name, Tensor(keys[name], values)) for name, values in tensors.items())
    for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, more or state, sorted(keys.values())):
        Pickler(file, 2).dump(part)
    for name in sorted(tensors, key=keys.__getitem__):
        file.write(struct.pack("<q", tensors[name].size) + tensors[name].tobytes())
    return file.getvalue()


def test_tensors_are_read_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = made_up_weights()
    data = torch_file(monkeypatch, tensors)
    monkeypatch.delitem(sys.modules, "torch._utils")
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it would fail now
    again = read_tensors(data)
    assert list(again) == list(tensors)
    assert all(np.array_equal(again[name], tensors[name]) for name in tensors)


def test_nothing_but_tensors_is_made_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"\.getcwd is not a part of a tensor"):
        read_tensors(torch_file(monkeypatch, made_up_weights(), more={"x": os.getcwd}))


@pytest.mark.parametrize("there", [False, True])
def test_weights_that_are_missing_or_others_are_an_error(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = tmp_path / "__init__.py"
    if there:
        (tmp_path / "models").mkdir()
        (tmp_path / network._FILE).write_bytes(b"other weights")
    monkeypatch.setattr(network, "find_spec", lambda _: SimpleNamespace(origin=str(origin)))
    network._model.cache_clear()
    with pytest.raises(EngineMissingError, match="damaged" if there else "not installed") as caught:
        network.load_network()
    assert "install.py" in caught.value.hint


def test_whitened_channels_are_uncorrelated_over_both_recordings() -> None:
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(6, 6))
    ref, new = (
        standardise(np.einsum("dc,ncrk->ndrk", mix, rng.normal(size=(n, 6, 4, 5))).astype(np.float32))
        for n in (300, 200)
    )
    one, other = whitened(ref, new, shrink=0.0)
    both = [side.transpose(1, 0, 2, 3).reshape(6, -1) for side in (one, other)]
    mean = (both[0] @ both[0].T / both[0].shape[1] + both[1] @ both[1].T / both[1].shape[1]) / 2
    assert np.allclose(mean / mean[0, 0], np.eye(6), atol=0.02)


def test_a_place_is_found_by_what_few_channels_say() -> None:
    """Channels that all say the same, loudly, and nothing of the place, are one channel once whitened."""
    rng = np.random.default_rng(4)
    n, loud = 20, np.arange(SHAPE[0]) >= 12

    def seen() -> NDArray[np.float16]:
        maps = place + rng.normal(0, 0.7, place.shape)
        weather = rng.normal(size=(n, 1, *SHAPE[1:]))
        return np.where(loud[None, :, None, None], weather + 0.05 * maps, maps).astype(np.float16)

    place = rng.normal(size=(n, *SHAPE))
    ref, new = seen(), seen()
    describer = EfficientNet(least_texture=0.0)
    assert (describer.compare(ref, new).argmax(axis=1) == np.arange(n)).all()
    plain = [standardise(side).reshape(n, -1) for side in (ref, new)]
    assert ((plain[1] @ plain[0].T).argmax(axis=1) != np.arange(n)).any()


def test_flat_maps_are_blind() -> None:
    maps = np.random.default_rng(5).normal(0, 4, (3, *SHAPE)).astype(np.float16)
    maps[1] = maps[1].mean(axis=(1, 2), keepdims=True)
    assert EfficientNet().blind(maps).tolist() == [False, True, False]


@pytest.mark.slow
def test_the_real_network_sees_the_same_places_on_two_days() -> None:
    """By its own weights, which every installation has: two cameras, May and November."""
    network._model.cache_clear()
    o = IndexOptions(describer="efficientnet", n_features=0)
    ref, new = (build_index(probe(file), o) for file in (HERO7, MAX))
    found = ref.t_s[DESCRIBER.compare(ref.descriptors, new.descriptors).argmax(axis=1)]
    truth = 108 * 1001 / 30000 + 0.7 * new.t_s
    assert np.median(np.abs(found - truth)) < 0.35 and np.mean(np.abs(found - truth) < 1.0) > 0.9
