"""A network of convolutions as an ONNX file, without the package `onnx`: the seven messages of its schema that such a
network needs, in the wire format of Protocol Buffers (a field is its number and kind, then a varint, a float, or bytes
with their length). Field numbers are those of onnx.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_IR_VERSION, _OPSET = 4, 10  # of the releases since 2019; `Clip` still has its limits as attributes
_FLOAT, _FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 1, 2, 7

Attribute = int | float | Sequence[int]


class Graph:
    """Nodes in the order in which they are worked off; each is named by its output."""

    def __init__(self, name: str, shape: Sequence[int]) -> None:
        self._input = name, shape
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []

    def weight(self, name: str, values: NDArray[np.floating]) -> str:
        """Add an array of constants, kept in single precision; its name."""
        shape = b"".join(_field(1, n) for n in values.shape)
        self._weights.append(shape + _field(2, _FLOAT) + _field(8, name) + _field(9, values.astype("<f4").tobytes()))
        return name

    def node(self, operator: str, inputs: Iterable[str], output: str, **attributes: Attribute) -> str:
        """Add a node; the name of its output."""
        wired = b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, operator)
        self._nodes.append(wired + b"".join(_field(5, _attribute(*pair)) for pair in attributes.items()))
        return output

    def model(self, output: str, shape: Sequence[int]) -> bytes:
        """The file, with the output of one node as the network's."""
        graph = b"".join(_field(1, node) for node in self._nodes) + _field(2, "mtbsync")
        graph += b"".join(_field(5, tensor) for tensor in self._weights)
        graph += _field(11, _value(*self._input)) + _field(12, _value(output, shape))
        return _field(1, _IR_VERSION) + _field(7, graph) + _field(8, _field(1, "") + _field(2, _OPSET))


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _field(1, name) + _field(2, value) + _field(20, _FLOAT_ATTRIBUTE)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT_ATTRIBUTE)
    return _field(1, name) + b"".join(_field(8, n) for n in value) + _field(20, _INTS_ATTRIBUTE)


def _value(name: str, shape: Sequence[int]) -> bytes:
    sizes = b"".join(_field(1, _field(1, n)) for n in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, sizes)))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])
