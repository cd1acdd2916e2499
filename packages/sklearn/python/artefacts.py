"""A model's files: written so that equal inputs give equal bytes, listed with their digests, checked before use."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
from typing import Any

from failure import ArtefactError

FORMAT = 1
MANIFEST = "manifest.json"


def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: str) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def dump_json(document: Any) -> bytes:
    """JSON with sorted keys and no NaN, ending with a line break: the same document is always the same bytes."""
    return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def write_json(path: str, document: Any) -> bytes:
    """Writes a document with `dump_json` and returns the bytes."""
    data = dump_json(document)
    write_bytes(path, data)
    return data


def write_bytes(path: str, data: bytes) -> None:
    """Writes a file, and the directory it is in when that is missing."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def dump_fitted(fitted: Any) -> bytes:
    """A fitted scikit-learn object as bytes that `joblib.load` reads.

    Written by the pickle module itself: joblib's own writer is made for arrays of gigabytes and takes eight times as long
    for the thousands of small ones of a forest.
    """
    return pickle.dumps(fitted, protocol=5)


def load_fitted(data: bytes) -> Any:
    """Reads what `dump_fitted` wrote. Unpickling runs code: check the digest first, and do this in containers only."""
    return pickle.loads(data)


def read_bytes(path: str) -> bytes:
    """A file's content.

    Raises:
        ArtefactError: artefact_missing.
    """
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise ArtefactError("artefact_missing", f"There is no file {path}.", "Pass the outputs of the step before.")


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries whose code decides the model."""
    import joblib
    import numpy
    import pandas
    import scipy
    import sklearn

    return {
        "joblib": joblib.__version__,
        "numpy": numpy.__version__,
        "pandas": pandas.__version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
    }


def write_manifest(directory: str, facts: dict[str, Any]) -> bytes:
    """Writes `manifest.json` with the digest and size of every other file under `directory`, and `facts`."""
    files: dict[str, dict[str, Any]] = {}
    for folder, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory).replace(os.sep, "/")
            if relative != MANIFEST:
                files[relative] = {"bytes": os.path.getsize(path), "sha256": sha256_of_file(path)}
    return write_json(os.path.join(directory, MANIFEST), {"format": FORMAT, "files": files, **facts})


def parse_manifest(data: bytes) -> dict[str, Any]:
    """Reads the bytes of a manifest.

    Raises:
        ArtefactError: No JSON, or of a newer format.
    """
    try:
        manifest = json.loads(data)
    except ValueError as error:
        raise ArtefactError("manifest_invalid", f"manifest.json is not JSON: {error}.", "Train the model again.")
    if manifest.get("format") != FORMAT:
        raise ArtefactError(
            "manifest_format",
            f"manifest.json has format {manifest.get('format')!r}; this code reads format {FORMAT}.",
            "Use the code the model was trained with.",
        )
    return manifest


def check_digest(manifest: dict[str, Any], name: str, digest: str) -> None:
    """Refuses a file that is not the one that training wrote.

    Raises:
        ArtefactError: artefact_unlisted or artefact_changed.
    """
    entry = manifest["files"].get(name)
    if entry is None:
        raise ArtefactError(
            "artefact_unlisted", f"{name} is not listed in manifest.json.", "Deploy the archive that training wrote."
        )
    if entry["sha256"] != digest:
        raise ArtefactError(
            "artefact_changed",
            f"{name} has SHA-256 {digest}; manifest.json lists {entry['sha256']}.",
            "The file was changed after training: deploy the archive that training wrote.",
        )


def verify_directory(directory: str) -> dict[str, Any]:
    """Checks every file that the manifest lists and returns the manifest.

    Raises:
        ArtefactError: A file is missing or changed, or the manifest cannot be read.
    """
    try:
        with open(os.path.join(directory, MANIFEST), "rb") as file:
            manifest = parse_manifest(file.read())
        for name in manifest["files"]:
            check_digest(manifest, name, sha256_of_file(os.path.join(directory, name)))
    except FileNotFoundError as error:
        raise ArtefactError(
            "artefact_missing", f"{error.filename} is missing.", "Deploy the archive that training wrote."
        )
    return manifest
