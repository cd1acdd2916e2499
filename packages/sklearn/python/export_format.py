"""The safetensors container, written with numpy alone: the scikit-learn image does not carry the safetensors package.

Source: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_DTYPE_NAMES = {"<f8": "F64", "<f4": "F32", "<i4": "I32", "|u1": "U8"}
_ALIGNMENT = 8


class ExportError(ValueError):
    """A fitted pipeline holds something that cannot be exported exactly; the message names the step."""


def safetensors_bytes(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """Lay tensors out as one safetensors file; the same input always gives the same bytes.

    Tensors are ordered by item size (largest first, so that each starts aligned to its own size), then by name.

    Args:
        tensors: Arrays of dtype float64, float32, int32 or uint8.
        metadata: Strings for the header's ``__metadata__``.

    Returns:
        The file's bytes.

    Raises:
        ExportError: An array has another dtype.
    """
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    chunks: list[bytes] = []
    offset = 0
    for name, array in sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        little_endian = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        dtype = _DTYPE_NAMES.get(little_endian.dtype.str)
        if dtype is None:
            raise ExportError(f"tensor {name}: dtype {array.dtype} has no place in a predictor file")
        data = little_endian.tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text + b"".join(chunks)
