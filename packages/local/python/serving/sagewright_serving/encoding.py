"""The image's default decoding and encoding of arrays (sagemaker_containers.encoders)."""

from __future__ import annotations

import io
import json
from typing import Any

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
TEXT_TYPES = (JSON, CSV)


class UnsupportedFormat(Exception):
    """A content type or accept type that the defaults do not know."""


def decode(body: str | bytes, content_type: str) -> Any:
    """Turn a request's body into an array, as the image's default ``input_fn`` does.

    Args:
        body: text for the text types, bytes otherwise.
        content_type: the request's content type.

    Returns:
        A float32 array. A CSV of one row has one dimension, as in the image.

    Raises:
        UnsupportedFormat: for any other type. ``application/x-npy`` is among them: the image reads it with pickle
            allowed, which runs the sender's code; here it is refused.
    """
    import numpy

    if content_type == JSON:
        return numpy.array(json.loads(body)).astype(numpy.float32)
    if content_type == CSV:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        return numpy.genfromtxt(io.StringIO(text), dtype=numpy.float32, delimiter=",")
    if content_type == NPY:
        raise UnsupportedFormat("application/x-npy may carry code and is refused; send text/csv or application/json")
    raise UnsupportedFormat(f"content type {content_type} is not supported by the default input_fn")


def encode(prediction: Any, accept: str) -> bytes:
    """Turn a prediction into a body, as the image's default ``output_fn`` does.

    Raises:
        UnsupportedFormat: for an accept type other than JSON, CSV and NPY.
    """
    import numpy

    if accept == JSON:
        return json.dumps(prediction, default=_plain).encode()
    if accept == CSV:
        buffer = io.StringIO()
        numpy.savetxt(buffer, prediction, delimiter=",", fmt="%s")
        return buffer.getvalue().encode()
    if accept == NPY:
        content = io.BytesIO()
        numpy.save(content, prediction)
        return content.getvalue()
    raise UnsupportedFormat(f"accept type {accept} is not supported by the default output_fn")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
