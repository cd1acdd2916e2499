"""Where SageMaker puts things inside the container.

The directories under ``/opt/ml`` are fixed on AWS. ``SAGEMAKER_BASE_DIR`` moves them, as it does for AWS's own
toolkits, and the ``SM_*`` variables that the training toolkit sets win over both.
"""

from __future__ import annotations

import os

from typing import NamedTuple


class TrainingPaths(NamedTuple):
    """Directories of a training job."""

    train: str
    validation: str
    preprocess: str
    model: str
    checkpoints: str


def base_directory() -> str:
    """The container's ``/opt/ml``."""
    return os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")


def output_directory() -> str:
    """Where the ``failure`` or ``message`` file goes."""
    return os.environ.get("SM_OUTPUT_DIR", os.path.join(base_directory(), "output"))


def processing(*parts: str) -> str:
    """A path under ``/opt/ml/processing``."""
    return os.path.join(base_directory(), "processing", *parts)


def training() -> TrainingPaths:
    """The directories of the training job this process runs in."""
    base = base_directory()

    def channel(name: str) -> str:
        return os.environ.get(f"SM_CHANNEL_{name.upper()}", os.path.join(base, "input", "data", name))

    return TrainingPaths(
        train=channel("train"),
        validation=channel("validation"),
        preprocess=channel("preprocess"),
        model=os.environ.get("SM_MODEL_DIR", os.path.join(base, "model")),
        checkpoints=os.path.join(base, "checkpoints"),
    )
