"""Requests and responses of the container's HTTP interface, and how they are read from and written to a connection."""

from __future__ import annotations

from http import HTTPStatus
from typing import BinaryIO, Mapping, NamedTuple, Optional

_LONGEST_LINE = 65_536
_MOST_HEADERS = 200


class Request(NamedTuple):
    """One request. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Response(NamedTuple):
    """One response."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = {}


class ProtocolError(Exception):
    """The peer does not speak HTTP/1.1 as this server needs it."""


def read_request(stream: BinaryIO) -> Optional[Request]:
    """Read the next request of a connection.

    Returns:
        The request, or None when the peer closed the connection.

    Raises:
        ProtocolError: what came is no request with a known length.
    """
    line = stream.readline(_LONGEST_LINE)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3:
        raise ProtocolError(f"not a request line: {line[:100]!r}")
    headers = _read_headers(stream)
    if "transfer-encoding" in headers:
        raise ProtocolError("a request with a Transfer-Encoding; Content-Length is needed")
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(parts[0], parts[1].split("?")[0], headers, body)


def write_response(stream: BinaryIO, response: Response) -> None:
    """Write a response; the connection stays open."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}", f"Content-Length: {len(response.body)}"]
    if response.content_type:
        lines.append(f"Content-Type: {response.content_type}")
    for name, value in response.headers.items():
        if name.lower() not in ("content-length", "content-type", "connection"):
            lines.append(f"{name}: {value}")
    head = "\r\n".join(lines).replace("\0", "") + "\r\n\r\n"
    stream.write(head.encode("latin-1", "replace") + response.body)
    stream.flush()


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    while len(headers) < _MOST_HEADERS:
        line = stream.readline(_LONGEST_LINE)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ProtocolError("too many headers")
