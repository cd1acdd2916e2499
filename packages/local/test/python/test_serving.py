"""The inference server answers as the scikit-learn image's own server does; its contract is in docs and facts, the image is the model."""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
from pathlib import Path
from typing import Iterator

import numpy
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "python" / "serving"))

from sagewright_serving import encoding, exchange, flask_stand_in, server  # noqa: E402
from sagewright_serving.exchange import Request, Response  # noqa: E402
from sagewright_serving.transformer import Transformer  # noqa: E402

DEFAULTS = """
import numpy
class Sum:
    def predict(self, rows):
        return numpy.asarray(rows).sum(axis=1)
def model_fn(model_dir):
    return Sum()
"""


@pytest.fixture()
def serve(tmp_path: Path) -> Iterator[object]:
    """Make a transformer over a script; forget its module and path afterwards."""
    before, modules, folder = list(sys.path), set(sys.modules), Path.cwd()

    def make(script: str, **environment: str) -> Transformer:
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "inference.py").write_text(script)
        settings = {"SAGEMAKER_BASE_DIR": str(tmp_path), "SAGEMAKER_PROGRAM": "inference.py", **environment}
        return Transformer(settings)

    yield make
    sys.path[:] = before
    import os

    os.chdir(folder)
    for name in set(sys.modules) - modules:
        if name in ("inference", "flask"):
            del sys.modules[name]


def post(transformer: Transformer, body: str | bytes, **headers: str) -> Response:
    """Send a request to /invocations; underscores in header names stand for dashes."""
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return transformer.answer(Request("POST", "/invocations", named, content))


def test_default_functions_read_and_write_json_and_csv(serve) -> None:
    transformer = serve(DEFAULTS)
    assert json.loads(post(transformer, "[[1, 2], [3, 4]]").body) == [3.0, 7.0]
    answer = post(transformer, "1,2\n3,4\n", content_type="text/csv", accept="text/csv")
    assert (answer.status, answer.content_type, answer.body) == (200, "text/csv; charset=utf-8", b"3.0\n7.0\n")


def test_a_csv_of_one_row_has_one_dimension_and_so_fails_as_in_the_image(serve) -> None:
    assert encoding.decode("1,2,3", "text/csv").shape == (3,)
    assert post(serve(DEFAULTS), "1,2,3", content_type="text/csv").status == 500


@pytest.mark.parametrize(
    ("content_type", "body", "accept"),
    [
        ("application/json", "not json", "application/json"),
        ("application/xml", "<a/>", "application/json"),
        ("application/json", "[[1]]", "image/png"),
        ("application/json", "[[1]]", "application/json, text/csv"),
    ],
)
def test_every_failure_is_a_500_with_a_page(serve, content_type: str, body: str, accept: str) -> None:
    answer = post(serve(DEFAULTS), body, content_type=content_type, accept=accept)
    assert (answer.status, answer.content_type) == (500, "text/html; charset=utf-8")
    assert b"<h1>Internal Server Error</h1>" in answer.body


def test_npy_is_refused_because_it_may_carry_code(serve) -> None:
    buffer = io.BytesIO()
    numpy.save(buffer, numpy.ones((1, 2)))
    assert post(serve(DEFAULTS), buffer.getvalue(), content_type="application/x-npy").status == 500


def test_the_body_is_text_for_exactly_json_and_csv(serve) -> None:
    transformer = serve(
        "def model_fn(d): return None\n"
        "def transform_fn(model, body, content_type, accept): return type(body).__name__, 'text/plain'\n"
    )
    kinds = {
        content_type: post(transformer, "x", content_type=content_type).body
        for content_type in ("application/json", "text/csv", "text/csv; charset=utf-8", "application/octet-stream")
    }
    assert list(kinds.values()) == [b"str", b"str", b"bytes", b"bytes"]
    assert post(transformer, "x").body == b"str"


def test_what_functions_may_return(serve) -> None:
    transformer = serve(
        "from flask import Response\n"
        "def model_fn(d): return None\n"
        "def transform_fn(model, body, content_type, accept):\n"
        "    return {'text': 'bare', 'dict': {'a': 1}, 'own': Response('{}', status=422, mimetype='application/json',\n"
        "            headers={'X-Own': '1'}), 'accept': (accept, 'text/plain')}[body.strip()]\n"
    )
    bare = post(transformer, "text")
    assert (bare.status, bare.content_type, bare.body) == (200, "text/html; charset=utf-8", b"bare")
    assert (post(transformer, "dict").content_type, post(transformer, "dict").body) == ("application/json", b'{"a": 1}')
    own = post(transformer, "own")
    assert (own.status, own.content_type, own.headers["X-Own"]) == (422, "application/json", "1")
    assert post(transformer, "accept").body == b"application/json"
    assert post(transformer, "accept", accept="*/*").body == b"application/json"
    assert post(transformer, "accept", accept="text/csv").body == b"text/csv"


def test_the_default_accept_is_a_setting(serve) -> None:
    transformer = serve(DEFAULTS, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv")
    assert post(transformer, "[[1, 2]]").body == b"3.0\n"


def test_the_model_is_loaded_once_at_the_first_request_a_ping_included(serve, tmp_path: Path) -> None:
    transformer = serve(
        "loads = 0\ndef model_fn(d):\n    global loads\n    loads += 1\n    return None\n"
        "def transform_fn(model, body, content_type, accept): return str(loads), 'text/plain'\n"
    )
    assert "inference" not in sys.modules
    assert transformer.answer(Request("GET", "/ping", {}, b"")) == Response(200, "application/json", b"")
    assert "inference" in sys.modules
    assert [post(transformer, "x").body for _ in range(3)] == [b"1"] * 3


def test_other_paths_and_methods(serve) -> None:
    transformer = serve(DEFAULTS)
    assert transformer.answer(Request("GET", "/invocations", {}, b"")).status == 405
    assert transformer.answer(Request("GET", "/execution-parameters", {}, b"")).status == 404
    assert transformer.answer(Request("GET", "/other", {}, b"")).status == 404


def test_a_script_without_model_fn_and_a_missing_program_fail_the_ping_with_the_reason(serve, capsys) -> None:
    assert serve("x = 1\n").answer(Request("GET", "/ping", {}, b"")).status == 500
    assert "Please provide a model_fn implementation" in capsys.readouterr().err
    assert Transformer({}).answer(Request("GET", "/ping", {}, b"")).status == 500
    assert "SAGEMAKER_PROGRAM is not set" in capsys.readouterr().err


def test_the_request_is_there_for_scripts_that_look_at_it(serve) -> None:
    transformer = serve(
        "from flask import request\ndef model_fn(d): return None\n"
        "def transform_fn(model, body, content_type, accept): return request.headers['X-Trace'], 'text/plain'\n"
    )
    assert post(transformer, "x", x_trace="7").body == b"7"
    assert flask_stand_in.Headers({"a": "1"}).get("A") == "1"


def test_connections_stay_open_and_a_bad_one_harms_no_other(tmp_path: Path, serve) -> None:
    transformer = serve(DEFAULTS)
    threading.Thread(target=server.serve, args=(str(tmp_path), transformer), daemon=True).start()
    path = tmp_path / server.SOCKET
    for _ in range(200):
        if path.exists():
            break
        threading.Event().wait(0.01)
    with socket.socket(socket.AF_UNIX) as bad:
        bad.connect(str(path))
        bad.sendall(b"nonsense\r\n\r\n")
        assert bad.recv(10) == b""
    with socket.socket(socket.AF_UNIX) as good:
        good.connect(str(path))
        for _ in range(2):
            good.sendall(b"POST /invocations HTTP/1.1\r\nContent-Length: 8\r\n\r\n[[1, 2]]")
            answer = good.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n")
            assert answer.endswith(b"\r\n\r\n[3.0]")


def test_requests_without_a_known_length_are_refused() -> None:
    with pytest.raises(exchange.ProtocolError):
        exchange.read_request(io.BytesIO(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"))
    assert exchange.read_request(io.BytesIO(b"")) is None
