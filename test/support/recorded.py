"""Recorded requests, as a caller of botocore would have written them."""

import datetime


def as_python(shape, value, known_only=False):
    """Gives times and bytes, which JSON does not have, the types botocore wants.

    Of bytes their number was recorded; a text that stands for bytes is there as it was.

    Args:
        shape: The model of the value, or None where it has none.
        value: What was recorded.
        known_only: Whether members that the model does not know are left out.

    Returns:
        The value as a botocore caller would have written it.
    """
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and isinstance(value, dict):
        return {
            key: as_python(shape.members.get(key), inner, known_only)
            for key, inner in value.items()
            if key in shape.members or not known_only
        }
    if kind == "list" and isinstance(value, list):
        return [as_python(shape.member, inner, known_only) for inner in value]
    if kind == "map" and isinstance(value, dict):
        return {key: as_python(shape.value, inner, known_only) for key, inner in value.items()}
    if kind == "blob":
        return value.encode() if isinstance(value, str) else bytes(value["bytes"])
    if kind == "timestamp" and isinstance(value, str):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value
