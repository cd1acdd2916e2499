"""Loads the user's module and model and answers requests with them (sagemaker_containers._transformer, _worker)."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from types import ModuleType
from typing import Any, Callable, Mapping, Optional

from . import encoding, flask_stand_in
from .exchange import Request, Response

_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_ERROR_PAGE = (
    b'<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n'
    b"<p>The server encountered an internal error and was unable to complete your request. Either the server is "
    b"overloaded or there is an error in the application.</p>\n"
)


class Transformer:
    """One worker's model and the functions around it; loaded at the first request, a ping included."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Remember the settings; nothing is loaded yet."""
        self._environment = environment
        base = environment.get("SAGEMAKER_BASE_DIR", "/opt/ml")
        self._model_dir = os.path.join(base, "model")
        self._code_dir = os.path.join(base, "code")
        self._accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", encoding.JSON)
        self._module: Optional[ModuleType] = None
        self._model: Any = None
        self._ready = False

    def answer(self, request: Request) -> Response:
        """Answer a request; whatever goes wrong in the user's code is a 500 with a page, and a traceback in the log."""
        try:
            self._load()
            if request.path == "/ping":
                return Response(200, "application/json", b"")
            if request.path == "/execution-parameters":
                return self._execution_parameters()
            if request.path != "/invocations":
                return Response(404, "text/html; charset=utf-8", b"<title>404 Not Found</title>")
            if request.method != "POST":
                return Response(405, "text/html; charset=utf-8", b"<title>405 Method Not Allowed</title>")
            return self._invoke(request)
        except Exception:  # noqa: BLE001 - this is the boundary that the image's server has too
            traceback.print_exc()
            return Response(500, "text/html; charset=utf-8", _ERROR_PAGE)

    def _load(self) -> None:
        if self._ready:
            return
        flask_stand_in.install_if_missing()
        self._module = self._module or self._import_user_module()
        model_fn = self._function("model_fn")
        if model_fn is None:
            raise NotImplementedError("Please provide a model_fn implementation in the inference script.")
        self._model = model_fn(self._model_dir)
        self._ready = True

    def _import_user_module(self) -> ModuleType:
        program = self._environment.get("SAGEMAKER_PROGRAM")
        if not program:
            raise ValueError(
                "SAGEMAKER_PROGRAM is not set, so it is not known which script serves the model. "
                "Set it in the model's Environment, for instance to inference.py."
            )
        sys.path.insert(0, self._code_dir)
        os.chdir(self._code_dir)
        return importlib.import_module(os.path.splitext(program)[0].replace("/", "."))

    def _function(self, name: str) -> Optional[Callable[..., Any]]:
        return getattr(self._module, name, None)

    def _execution_parameters(self) -> Response:
        function = self._function("execution_parameters_fn")
        if function is None:
            return Response(404, "text/html; charset=utf-8", b"<title>404 Not Found</title>")
        return _response(function())

    def _invoke(self, request: Request) -> Response:
        content_type = request.headers.get("content-type") or encoding.JSON
        accept = request.headers.get("accept") or ""
        if accept in ("", "*/*"):
            accept = self._accept
        body: str | bytes = request.body.decode("utf-8") if content_type in encoding.TEXT_TYPES else request.body
        with flask_stand_in.answering(request):
            response = _response(self._answer(body, content_type, accept))
        attributes = request.headers.get(_ATTRIBUTES.lower())
        if attributes is None or any(name.lower() == _ATTRIBUTES.lower() for name in response.headers):
            return response
        return response._replace(headers={**response.headers, _ATTRIBUTES: attributes})

    def _answer(self, body: str | bytes, content_type: str, accept: str) -> Any:
        transform = self._function("transform_fn")
        if transform is not None:
            return transform(self._model, body, content_type, accept)
        read = self._function("input_fn") or encoding.decode
        predict = self._function("predict_fn") or _predict
        write = self._function("output_fn") or _write
        return write(predict(read(body, content_type), self._model), accept)


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


def _write(prediction: Any, accept: str) -> tuple[bytes, str]:
    return encoding.encode(prediction, accept), accept


def _response(result: Any) -> Response:
    if hasattr(result, "status_code") and hasattr(result, "headers"):
        data = result.data if hasattr(result, "data") else result.get_data()
        return Response(result.status_code, result.content_type, data, dict(result.headers))
    if isinstance(result, tuple):
        body, mimetype = result[0], result[1]
        return Response(200, _content_type(mimetype), _bytes(body))
    if isinstance(result, dict):
        return Response(200, encoding.JSON, encoding.encode(result, encoding.JSON))
    return Response(200, "text/html; charset=utf-8", _bytes(result))


def _content_type(mimetype: str) -> str:
    return f"{mimetype}; charset=utf-8" if mimetype.startswith("text/") and "charset" not in mimetype else mimetype


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"The response is {type(body).__name__}, and a text or bytes is needed.")
