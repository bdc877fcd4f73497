"""Maps of a middle layer of EfficientNet-Lite0 (Tan & Le, ICML 2019), trained on ImageNet: what stays the same when
season and light change. Middle layers on a grid do better as place descriptors than last ones (Sünderhauf et al., IROS
2015).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.describers._efficientnet_network import HEIGHT, WIDTH, load_network
from mtbsync_core.vision.registry import Describer, Visible, squeezed, whole_picture
from mtbsync_core.vision.similarity import similarity, standardise, whitened

SHAPE = CHANNELS, ROWS, COLUMNS = 112, HEIGHT // 16, WIDTH // 16

_local = threading.local()  # a network is not re-entrant


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficientNet:
    """The output of the tenth block, (channel, row, column), 16 KB in half precision. Channels are whitened for each
    pair."""

    size = WIDTH, HEIGHT
    shape = SHAPE
    least_texture: float = 1.6
    """Deviation over the inner cells, in the mean of the channels, below which a picture is blind. Trails have 3.5 to
    6, with a twentieth of their contrast 2.0 to 3.7; noise in the dark 1.4 to 1.9; a flat picture 0.9 to 1.2, by the
    edges' zeros."""
    shift_rows: int = 1
    shift_columns: int = 2
    """Cells by which one picture may lie off the other: two columns are some 15 degrees. One column takes a tenth of
    the evidence between autumn and snow, three add 3 % for a third more work."""
    shift_penalty: float = 0.01
    """Cosine lost per cell. None or twice: within noise."""

    def describe(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The map; the picture is squeezed to 192 x 96 whatever its aspect."""
        if not hasattr(_local, "network"):
            _local.network = load_network()
        scaled = (squeezed(luma, self.size).astype(np.float32) - 127) / 128
        return np.asarray(_local.network(scaled[None, None])[0])

    def blind(self, descriptors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Pictures whose map is hardly less even than that of a flat one."""
        inner = descriptors[:, :, 1:-1, 1:-1].astype(np.float32)
        return np.asarray(np.sqrt(inner.var(axis=(2, 3)).mean(axis=1)) < self.least_texture)

    def compare(
        self,
        ref: NDArray[np.floating],
        new: NDArray[np.floating],
        visible: tuple[Visible, Visible] = (whole_picture, whole_picture),
    ) -> NDArray[np.float32]:
        """Cosine of the whitened maps at the best small shift, of the cells that show the world in both."""
        one, other = whitened(standardise(ref, self.blind(ref)), standardise(new, self.blind(new)))
        return similarity(one, other, self.shift_rows, self.shift_columns, self.shift_penalty, visible)


DESCRIBER: Describer = EfficientNet()
