"""Reads rows that were already imputed, scaled and encoded: the numbers the estimator sees.

The content type is ``application/vnd.sagewright.features; model=<SHA-256 of manifest.json>``. The body is float64,
little-endian, row after row, in the order of ``preprocess.get_feature_names_out()``; it holds numbers and nothing that
could run. The sender names the model whose preprocessing it applied, and a vector made for another model is refused:
its columns would mean other things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from request import Refusal

if TYPE_CHECKING:
    import numpy as np

MEDIA = "application/vnd.sagewright.features"
_BYTES = 8


def is_features(content_type: str | None) -> bool:
    """Whether a body holds transformed rows."""
    return (content_type or "").split(";")[0].strip().lower() == MEDIA


def read_features(body: str | bytes, content_type: str, digest: str, width: int) -> np.ndarray:
    """The transformed rows in a body.

    Args:
        body: The request's body.
        content_type: Its type, with the parameter `model`.
        digest: SHA-256 of the manifest of the model that answers.
        width: How many features that model has.

    Returns:
        One row of float64 for each row sent.

    Raises:
        Refusal: 409 `model_differs` for rows of another model, 400 for a body that is not whole rows of finite numbers.
    """
    import numpy as np

    made_for = _model(content_type)
    if made_for != digest:
        message = f"The rows were transformed for model {made_for}; model {digest} answers. Transform them with that model."
        raise Refusal(409, "model_differs", message, facts={"model": digest})
    data = body.encode("latin-1", "replace") if isinstance(body, str) else bytes(body)
    row = width * _BYTES
    if not data:
        raise Refusal(400, "no_rows", "The body holds no rows.")
    if len(data) % row:
        message = (
            f"The body has {len(data)} bytes, which is no multiple of {row}: "
            f"a row of this model is {width} float64 numbers of {_BYTES} bytes."
        )
        raise Refusal(400, "features_width", message)
    features = np.frombuffer(data, dtype="<f8").astype(np.float64).reshape(-1, width)
    wrong = np.argwhere(~np.isfinite(features))
    if wrong.size:
        number, place = (int(index) for index in wrong[0])
        message = f"Row {number}, feature {place} is {features[number, place]}. Send finite numbers: nothing is imputed here."
        raise Refusal(400, "features_not_finite", message)
    return features


def _model(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "model":
            return value.strip().strip('"').lower()
    message = f"{content_type} does not say for which model. Add the parameter model with the SHA-256 of its manifest.json."
    raise Refusal(400, "model_unnamed", message)
