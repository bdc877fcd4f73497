"""The tensors of a file that `torch.save` wrote before PyTorch 1.6, read without PyTorch.

Such a file is five pickles (a magic number, the protocol, the machine, the tensors, the keys of their storages), then
each storage in the order of the keys: its length as a 64-bit integer, and its raw numbers.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class _Tensors(pickle.Unpickler):
    """Builds dictionaries and the descriptions of tensors; whatever else a pickle asks for is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *described: described[:4]  # storage, offset, shape, strides
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not a part of a tensor")

    def persistent_load(self, pid: Any) -> Any:
        return pid


def read_tensors(data: bytes) -> Mapping[str, NDArray[Any]]:
    """The tensors by their names.

    Raises:
        pickle.UnpicklingError: the file holds anything else.
    """
    file = io.BytesIO(data)
    *_, described, keys = (_Tensors(file).load() for _ in range(5))
    types = {storage[2]: _TYPES[storage[1]] for storage, *_ in described.values()}
    storages = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(data, types[key], count, file.tell())
        file.seek(storages[key].nbytes, io.SEEK_CUR)
    return {
        name: np.lib.stride_tricks.as_strided(
            storages[storage[2]][offset:], shape, [step * storages[storage[2]].itemsize for step in strides]
        )
        for name, (storage, offset, shape, strides) in described.items()
    }
