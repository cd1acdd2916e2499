"""What schemathesis does not know of itself: bodies of newline-delimited JSON are sent as they are."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def newline_delimited_json(_context: Any, value: Any) -> bytes | None:
    """Gives the body's bytes; the schema says that it is a text."""
    return value.encode() if isinstance(value, str) else None
