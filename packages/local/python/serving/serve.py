"""Entry of an endpoint's container: `python3 serve.py FOLDER`. Serves the model on the Unix socket `http.sock` in FOLDER.

It behaves as the scikit-learn image's own server does (sagemaker-containers behind nginx), without nginx, gunicorn
and Flask: the same functions are called in the same way, the same answers come out.
"""

from __future__ import annotations

import os
import sys


def main(folder: str) -> None:
    """Serve until the process is stopped.

    Args:
        folder: where the socket is made.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    from sagewright_serving import server
    from sagewright_serving.transformer import Transformer

    # The model's own modules must not find ours by accident.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    server.serve(folder, Transformer(os.environ))


if __name__ == "__main__":
    main(sys.argv[1])
