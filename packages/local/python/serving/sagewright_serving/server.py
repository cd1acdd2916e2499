"""Accepts connections on a Unix socket and answers their requests, one at a time per worker."""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import Callable

from .exchange import ProtocolError, Request, Response, read_request, write_response
from .transformer import Transformer

SOCKET = "http.sock"
_WAITING_CONNECTIONS = 128


def serve(folder: str, transformer: Transformer) -> None:
    """Serve for ever.

    Args:
        folder: where the socket is made. It is bound by its bare name from inside the folder: the path of a Unix
            socket may be only about a hundred characters long.
        transformer: what answers.
    """
    before = os.getcwd()
    os.chdir(folder)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    listener.bind(SOCKET)
    listener.listen(_WAITING_CONNECTIONS)
    os.chdir(before)
    _become_workers(int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or "1"))
    turn = threading.Lock()

    def answer(request: Request) -> Response:
        # As in the image: a worker's functions are never called by two requests at once.
        with turn:
            return transformer.answer(request)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_attend, args=(connection, answer), daemon=True).start()


def _become_workers(count: int) -> None:
    """Fork the other workers before anything is loaded: each has a model of its own, as in the image."""
    for _ in range(count - 1):
        if os.fork() == 0:
            return


def _attend(connection: socket.socket, answer: Callable[[Request], Response]) -> None:
    with connection, connection.makefile("rwb") as stream:
        try:
            while (request := read_request(stream)) is not None:
                write_response(stream, answer(request))
        except ProtocolError as error:
            print(f"A connection was dropped: {error}", file=sys.stderr)
        except (BrokenPipeError, ConnectionResetError):
            # The caller gave up waiting; there is nobody left to answer.
            return
