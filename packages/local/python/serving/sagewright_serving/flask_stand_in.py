"""What inference scripts take from Flask: a stand-in for its few names, and the current request where Flask is installed."""

from __future__ import annotations

import json
import sys
import threading
import types
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Iterator, Mapping, NoReturn, Optional

from .exchange import Request

_current = threading.local()


class Response:
    """A response with a status of its own (flask.Response)."""

    def __init__(
        self,
        response: str | bytes | None = None,
        status: int | str | None = None,
        headers: Optional[Mapping[str, str]] = None,
        mimetype: Optional[str] = None,
        content_type: Optional[str] = None,
    ) -> None:
        """See flask.Response. The default content type is ``text/html; charset=utf-8``."""
        self.data = response.encode() if isinstance(response, str) else (response or b"")
        self.status_code = int(str(status or 200).split()[0])
        self.headers: dict[str, str] = dict(headers or {})
        self.content_type = content_type or _content_type(mimetype or "text/html")


class CurrentRequest:
    """The request being answered by this thread (flask.request)."""

    @property
    def headers(self) -> "Headers":
        """Headers by name, whatever their case."""
        return Headers(_current.request.headers)

    @property
    def data(self) -> bytes:
        """The body."""
        return bytes(_current.request.body)

    @property
    def method(self) -> str:
        """For instance ``POST``."""
        return str(_current.request.method)

    @property
    def path(self) -> str:
        """For instance ``/invocations``."""
        return str(_current.request.path)

    @property
    def content_type(self) -> Optional[str]:
        """The content type as sent."""
        return self.headers.get("Content-Type")

    def get_data(self, as_text: bool = False) -> str | bytes:
        """The body, as bytes or as text."""
        return self.data.decode() if as_text else self.data

    def get_json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)


class Headers(dict[str, str]):
    """Headers that are found whatever the case of their names."""

    def get(self, name: str, default: Any = None) -> Any:  # type: ignore[override]
        """A header's value, or the default."""
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


class HTTPException(Exception):
    """What ``abort`` raises; the image's server answers it with 500 like any other exception."""


def abort(status: int, *_: Any) -> NoReturn:
    """Give up on the request."""
    raise HTTPException(str(status))


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """A JSON response."""
    value = kwargs or (args[0] if len(args) == 1 else list(args))
    return Response(json.dumps(value), mimetype="application/json")


@contextmanager
def answering(request: Request) -> Iterator[None]:
    """Make a request the current one of this thread, for the stand-in and for a Flask that is installed."""
    _current.request = request
    flask = sys.modules.get("flask")
    if flask is None or not hasattr(flask, "Flask"):
        yield
        return
    application = flask.Flask("sagemaker_serving")
    with application.test_request_context(
        request.path, method=request.method, headers=dict(request.headers), data=bytes(request.body)
    ):
        yield


def install_if_missing() -> None:
    """Register this module as ``flask`` unless the real one can be imported."""
    if "flask" in sys.modules or find_spec("flask") is not None:
        return
    module = types.ModuleType("flask")
    module.__dict__.update(
        Response=Response, request=CurrentRequest(), abort=abort, jsonify=jsonify, __doc__=__doc__
    )
    sys.modules["flask"] = module


def _content_type(mimetype: str) -> str:
    return f"{mimetype}; charset=utf-8" if mimetype.startswith("text/") else mimetype
